import * as fc from 'fast-check';
import { expect } from 'vitest';

import { isUnknownOutcome, openClarifications, selectorName } from '../../src/domain/run/clarification.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import type { Kill } from './dying-processes.js';
import { scriptedTool } from './scripted-tool.js';

/** A step of a random plan; of its fields those count that its kind has. */
interface Shape {
  kind: 'pay' | 'read' | 'compute' | 'ask' | 'if' | 'for_each' | 'while' | 'plan' | 'exit';
  behaves: 'well' | 'refused' | 'breaks';
  inside: Shape[];
  handler: Shape[] | undefined;
  continues: boolean;
  hasBrokenWhen: boolean;
}

const leafKinds = fc.constantFrom<Shape['kind'][]>('pay', 'pay', 'read', 'read', 'compute', 'ask', 'exit');
const blockKinds = fc.constantFrom<Shape['kind'][]>('if', 'for_each', 'for_each', 'while', 'plan');

function shapes(depth: number): fc.Arbitrary<Shape[]> {
  const isDeep = depth === 0;
  const nested: fc.Arbitrary<Shape[]> = isDeep ? fc.constant<Shape[]>([]) : shapes(depth - 1);
  const shape: fc.Arbitrary<Shape> = fc.record({
    kind: isDeep ? leafKinds : fc.oneof({ weight: 3, arbitrary: leafKinds }, { weight: 4, arbitrary: blockKinds }),
    behaves: fc.constantFrom('well', 'well', 'refused', 'breaks'),
    inside: nested,
    handler: isDeep ? fc.constant(undefined) : fc.option(nested, { freq: 2, nil: undefined }),
    continues: fc.boolean(),
    hasBrokenWhen: fc.integer({ min: 0, max: 14 }).map((number) => number === 7),
  });
  return fc.array(shape, { minLength: 1, maxLength: 3 });
}

/** Steps that act, read, ask and fail in blocks and inner plans, with `on_error` in `on_error`. */
export const randomSteps = shapes(3);

/** What tells the steps of a plan apart, whatever round of a loop they are in. */
interface Place {
  next: () => number;
  /** Names that differ from round to round. */
  rounds: string[];
  isInner: boolean;
}

export function planFrom(steps: Shape[]): Plan {
  let last = 0;
  const next = () => (last += 1);
  return planOf(stepsFrom(steps, { next, rounds: [], isInner: false }));
}

const stepsFrom = (steps: Shape[], place: Place): object[] => steps.map((step) => stepFrom(step, place));

function stepFrom(shape: Shape, place: Place): object {
  const id = place.next();
  const output = `$o${id}`;
  const text = [`"${shape.behaves}${id}"`, ...place.rounds.map((name) => `'-' & $string($${name})`)].join(' & ');
  const { handler } = shape;
  const common = {
    ...(shape.hasBrokenWhen && { when: `$number('${id}') = $number('x')` }),
    ...(handler !== undefined && { on_error: stepsFrom(handler, place) }),
  };
  const inside = (rounds: string[] = [], isInner = place.isInner) =>
    stepsFrom(shape.inside, { ...place, rounds: [...place.rounds, ...rounds], isInner });
  switch (shape.kind) {
    case 'pay':
    case 'read':
      return { kind: 'tool', tool_id: shape.kind, args: { text: `{{ ${text} }}` }, output, ...common };
    case 'compute':
      return { kind: 'compute', expression: shape.behaves === 'well' ? text : `$number(${text})`, output, ...common };
    case 'ask':
      return { kind: 'user_input', message: `{{ ${text} }}?`, output, ...common };
    case 'if':
      return { kind: 'if', branches: [{ when: 'true', steps: inside() }], ...common };
    case 'for_each': {
      const loop = { kind: 'for_each', over: "['a', 'b']", as: `i${id}`, steps: inside([`i${id}`]), output };
      return { ...loop, ...(shape.continues ? { ...common, on_error: 'continue' } : common) };
    }
    case 'while': {
      const count = { kind: 'compute', expression: `$exists($n${id}) ? $n${id} + 1 : 1`, output: `$n${id}` };
      const steps = [count, ...inside([`n${id}`])];
      return { kind: 'while', when: 'true', max_iterations: 2, on_limit: 'stop', steps, output, ...common };
    }
    case 'plan': {
      const steps = stepsFrom(shape.inside, { ...place, rounds: ['at'], isInner: true });
      const plan = { plan_context: { query: `inner ${id}`, tool_ids: [] }, plan_inputs: [{ name: 'at' }], steps };
      return { kind: 'plan', plan, inputs: { at: `{{ ${text} }}` }, output, ...common };
    }
    case 'exit':
      // Of the whole plan it would be the end, which no `on_error` is for.
      return place.isInner
        ? { kind: 'exit', message: `{{ ${text} }}`, error: shape.behaves !== 'well', ...common }
        : { kind: 'compute', expression: text, output, ...common };
  }
}

interface Driven {
  run: Run;
  killed: number;
  paid: string[];
}

export async function driveRandom(plan: Plan, kills: Kill[]): Promise<Driven> {
  const paid: string[] = [];
  const tool = (id: 'pay' | 'read') =>
    scriptedTool(id, {
      effect: id === 'pay' ? 'once' : 'read',
      acts({ text }) {
        if (String(text).startsWith('well')) {
          if (id === 'pay') paid.push(String(text));
          return `${id} ${String(text)}`;
        }
        return { kind: 'failure', message: `no ${String(text)}`, retryable: false, notDone: String(text)[0] === 'r' };
      },
    });
  const driven = await drivePastKills(kills, {
    plan,
    makeBench: (store) => new Bench({ store, tools: [tool('pay'), tool('read')], policy: { pay: 'allow' }, jobs: 3 }),
    answers: (stopped) => (stopped === undefined ? {} : answersOf(stopped, paid)),
  });
  return { ...driven, paid };
}

/** A person who answers, and looks what happened. */
function answersOf(run: Run, paid: string[]): Record<string, Json> {
  const open = openClarifications(run);
  const unknown = open.find(isUnknownOutcome);
  if (unknown?.category === 'Multiple Choice') {
    return { outcome: paid.includes(String(unknown.args?.['text'])) ? 'happened' : 'not_done' };
  }
  const names = open.map(selectorName);
  // It is asked for what the call that happened had given.
  return Object.fromEntries(names.map((name) => [name, name === 'result' ? `pay ${paid.at(-1) ?? ''}` : 'answered']));
}

/** Expects the end that the run has when nothing dies, and nothing done twice. */
export async function expectSameEndAfter(kills: Kill[], plan: Plan, undisturbed: Driven): Promise<void> {
  const { killed, run, paid } = await driveRandom(plan, kills);
  expect({ kills, killed, ...endOf({ run, paid }) }).toEqual({ kills, killed: kills.length, ...endOf(undisturbed) });
  expect(new Set(paid).size).toBe(paid.length);
}

/** The same for a kill before and one after every so-manieth event. */
export async function expectSameEndEverywhere(plan: Plan, every: number): Promise<void> {
  const undisturbed = await driveRandom(plan, []);
  for (let event = 2; event <= undisturbed.run.metadata.last_seq; event += every) {
    for (const when of ['before', 'after'] as const) await expectSameEndAfter([{ event, when }], plan, undisturbed);
  }
}

function endOf({ run, paid }: Pick<Driven, 'run' | 'paid'>): object {
  const steps = run.steps.map(({ path, status, failed, caught_by: by }) => ({ path, status, failed, by }));
  const { final_output: final, step_outputs: outputs } = run.outputs;
  return { state: run.state, error: run.error, final, outputs, steps, paid };
}
