import type { Plan } from '../../../../src/domain/plan/plan.js';
import { stepOutput, toolsOfStep } from '../../../../src/domain/plan/plan-steps.js';
import { bareName } from '../../../../src/domain/values/names.js';
import { isLoop, type PlacedStep } from './placed-step.js';
import { namesInOptions, namesInTexts, namesUsed } from './step-texts.js';

/**
 * Where the values of a plan come from, through as many steps as it takes: `input`, `input:NAME`, `tool:ID`, `ask`,
 * `model`, `compute`, `item` (of a loop), and `at:POINTER`, the step.
 */
export class ValueSources {
  readonly #found = new Map<string, Set<string>>();

  constructor(plan: Plan, steps: readonly PlacedStep[]) {
    for (const { name } of plan.plan_inputs) this.#add('', name, ['input', `input:${bareName(name)}`]);
    // A loop may use what a later step of it made in the round before.
    for (let size = -1; size !== this.#size();) {
      size = this.#size();
      for (const placed of steps) this.#follow(placed, steps);
    }
  }

  /** Of all these names together. */
  of(scope: string, names: readonly string[]): ReadonlySet<string> {
    return new Set(names.flatMap((name) => [...(this.#found.get(`${scope}|${bareName(name)}`) ?? [])]));
  }

  #size(): number {
    return [...this.#found.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #add(scope: string, name: string, sources: Iterable<string>): void {
    const key = `${scope}|${bareName(name)}`;
    const known = this.#found.get(key) ?? new Set();
    for (const source of sources) known.add(source);
    this.#found.set(key, known);
  }

  #follow(placed: PlacedStep, steps: readonly PlacedStep[]): void {
    const { step, kind, scope, at } = placed;
    // An answer comes from the person, and from what there is to choose.
    const taken = this.of(scope, kind === 'user_input' ? namesInOptions(step) : namesUsed(step));
    if (step.kind === 'for_each') this.#add(scope, step.as, [...taken, 'item']);
    const made = new Set([...taken, `at:${at}`, ...toolsOfStep(step).map((id) => `tool:${id}`)]);
    if (kind === 'agent' || kind === 'llm' || kind === 'react') made.add('model');
    if (kind === 'compute') made.add('compute');
    if (kind === 'user_input' || kind === 'user_verify') made.add('ask');
    if (step.kind === 'react' && step.may_ask === true) made.add('ask');
    for (const source of this.#fromInside(placed, steps)) made.add(source);
    const output = stepOutput(step);
    if (output !== undefined) this.#add(scope, output, made);
  }

  /** What a loop or an inner plan gives comes from its steps. */
  #fromInside(placed: PlacedStep, steps: readonly PlacedStep[]): string[] {
    const { step, at } = placed;
    if (step.kind === 'plan') {
      for (const [name, value] of Object.entries(step.inputs)) {
        this.#add(`${at}/plan`, name, this.of(placed.scope, namesInTexts(value)));
      }
    }
    if (step.kind !== 'plan' && !isLoop(placed)) return [];
    const inside = steps.filter(({ around }) => around.some((surrounding) => surrounding.step === placed));
    return inside.flatMap((inner) => [...this.of(inner.scope, [stepOutput(inner.step) ?? ''])]);
  }
}
