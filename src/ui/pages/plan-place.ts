import { stepAt } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import { ownPath, stepNumber, stepsAround, withoutRounds } from '../../domain/plan/step-path.js';
import type { Run, StepRecord, StepStatus } from '../../domain/run/run.js';
import { LoopRounds } from '../loop-rounds.js';
import { makeLook } from '../look.js';
import { NamedValues } from '../named-values.js';
import { stepTitle } from '../pictures/step-title.js';
import { stepLines, type StepLine } from '../step-lines.js';
import { stepStatuses } from '../step-status.js';
import { icon } from './icons.js';
import { markup, type Markup } from './markup.js';
import { STEP_STATES, stateIcon } from './state.js';

/** Steps that are shown on each side of the one that asks. */
const BESIDE = 2;

const LOOK = makeLook({ now: new Date(0) });

/** One line of the list that shows where in its plan a question stands. */
interface PlaceLine {
  status: StepStatus | 'block' | undefined;
  text: string;
  depth: number;
  isHere: boolean;
}

/** What is known of a question's place: the plan and the run, as they are. */
export interface PlaceOf {
  run: Pick<Run, 'steps' | 'plan_run_inputs' | 'outputs'>;
  plan: Plan;
  /** Of the step that asks, in the run. */
  path: string;
}

/** The steps around the one that asks, with how far the run is. */
export function placeView(at: PlaceOf): Markup {
  const items = placeLines(at).map(({ status, text, depth, isHere }) => {
    const shown =
      status === 'block' ? icon('ready', 's-run') : stateIcon(status === undefined ? 'pending' : STEP_STATES[status]);
    const classes = [...(depth > 0 ? ['in'] : []), ...(status === undefined ? ['later'] : [])].join(' ');
    return markup`<li${classes !== '' && markup` class="${classes}"`}${isHere && markup` aria-current="step"`}>${shown}<span>${text}</span></li>`;
  });
  return markup`<ol class="plan">${items}</ol>`;
}

function placeLines({ run, plan, path }: PlaceOf): PlaceLine[] {
  const lines = linesOf(plan);
  const here = withoutRounds(ownPath(path));
  const around = new Set(stepsAround(here));
  const statusOf = stepStatuses(recordsByStep(run.steps));
  const textOf = labeller({ run, plan, path });
  const shown = (line: StepLine): PlaceLine => ({
    status: around.has(line.path) ? 'block' : statusOf(line.path),
    text: textOf(line),
    depth: line.depth,
    isHere: line.path === here,
  });
  const isBeside = (line: StepLine) => blockOf(line.path) === blockOf(here);
  const outermost = [...around].at(-1) ?? here;
  const top = lines.filter(({ depth }) => depth === 0);
  const before = top.slice(
    0,
    top.findIndex((line) => line.path === outermost),
  );
  const inBlock = around.size === 0 ? [] : lines.filter(isBeside);
  const after = top.slice(before.length + 1);
  return [
    ...collapsed(before, shown),
    ...lines.filter((line) => around.has(line.path)).map(shown),
    ...(around.size === 0 ? lines.filter(({ path: own }) => own === here).map(shown) : near(inBlock, here).map(shown)),
    ...after.slice(0, BESIDE).map(shown),
    ...(after.length > BESIDE ? [rest(after.length - BESIDE)] : []),
  ];
}

/** Plans never change, and many questions are of one plan. */
const known = new WeakMap<Plan, StepLine[]>();

function linesOf(plan: Plan): StepLine[] {
  const lines = known.get(plan) ?? stepLines(plan.steps);
  known.set(plan, lines);
  return lines;
}

function rest(count: number): PlaceLine {
  return { status: undefined, text: count === 1 ? '1 more step' : `${count} more steps`, depth: 0, isHere: false };
}

function near(lines: StepLine[], here: string): StepLine[] {
  const at = lines.findIndex(({ path }) => path === here);
  return lines.slice(Math.max(0, at - BESIDE), at + BESIDE + 1);
}

/** Of many steps before it, the last ones; the others in one line. */
function collapsed(before: StepLine[], shown: (line: StepLine) => PlaceLine): PlaceLine[] {
  if (before.length <= BESIDE + 1) return before.map(shown);
  const many = before.length - BESIDE;
  const text = `Steps 1 to ${many}`;
  return [{ status: 'completed', text, depth: 0, isHere: false }, ...before.slice(-BESIDE).map(shown)];
}

/** The block that a step is in: `3.branches.0.steps` for `3.branches.0.steps.1`. */
function blockOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function recordsByStep(steps: readonly StepRecord[]): Map<string, StepRecord[]> {
  const found = new Map<string, StepRecord[]>();
  for (const step of steps) {
    const plain = withoutRounds(step.path);
    found.set(plain, [...(found.get(plain) ?? []), step]);
  }
  return found;
}

/** What a person calls a step: its name, else what it does, with the values that it has in the round of the question. */
function labeller({ run, plan, path }: PlaceOf): (line: StepLine) => string {
  const values = NamedValues.ofRun(run);
  const rounds = LoopRounds.ofSteps(run.steps);
  const loops = new Map(stepsAround(path).map((loop) => [withoutRounds(loop), loop]));
  return (line) => {
    const loop = loops.get(line.path);
    const at = loop === undefined ? '' : rounds.textOf(loop);
    const said = values.fill(stepTitle(stepAt(plan.steps, line.path), line, line.path), path, LOOK);
    return at === '' ? said : `${said}, ${at}`;
  };
}

/** What is done after the step that asks, as a sentence. */
export function nextSentence({ run, plan, path }: PlaceOf): string {
  const own = ownPath(path);
  const lines = new Map(linesOf(plan).map((line) => [line.path, line]));
  const textOf = labeller({ run, plan, path });
  const rounds = LoopRounds.ofSteps(run.steps);
  for (let at = own; ;) {
    const following = nextBeside(at);
    const line = lines.get(withoutRounds(following));
    if (line !== undefined) return ended(`Next: ${stepNumber(following)}, ${textOf(line)}`);
    const [around] = stepsAround(at);
    if (around === undefined) return 'It is the last step.';
    if (at.startsWith(`${around}[`)) {
      const [, round = ''] = /\[(\d+)\]/.exec(at.slice(around.length)) ?? [];
      const total = rounds.totalOf(around);
      if (total === undefined) return 'Next: another round, or what follows the loop.';
      if (Number(round) + 1 < total) return `Next: the same for item ${Number(round) + 2} of ${total}.`;
    }
    at = around;
  }
}

/** With a stop, unless its last words have one. */
function ended(sentence: string): string {
  return /[.?!…]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** The place behind a step in its block. */
function nextBeside(path: string): string {
  return path.replace(/\d+$/, (index) => String(Number(index) + 1));
}
