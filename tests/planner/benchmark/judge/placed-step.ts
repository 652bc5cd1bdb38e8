import type { Branch, Plan, Step, StepKindName } from '../../../../src/domain/plan/plan.js';
import { stepBlocks } from '../../../../src/domain/plan/plan-steps.js';
import { stepKind } from '../../../../src/domain/plan/step-kinds/step-kinds.js';

/** A step with its place in the plan. */
export interface PlacedStep {
  step: Step;
  kind: StepKindName;
  /** JSON pointer in the plan. */
  at: string;
  /** Counts all steps in the written order. */
  number: number;
  /** The steps that it is in, the outermost first, each with which of its blocks. */
  around: Surrounding[];
  /** Names of a plan inside of a plan are its own. */
  scope: string;
}

export interface Surrounding {
  step: PlacedStep;
  block: number;
}

/** All steps of a plan, in the written order. */
export function placeSteps(plan: Plan): PlacedStep[] {
  const placed: PlacedStep[] = [];
  const visit = (steps: readonly Step[], at: string, inside: Pick<PlacedStep, 'around' | 'scope'>) => {
    for (const [index, step] of steps.entries()) {
      const own = { step, kind: stepKind(step), at: `${at}/${index}`, number: placed.length, ...inside };
      placed.push(own);
      for (const [block, { at: place, steps: inner }] of stepBlocks(step).entries()) {
        visit(inner, own.at + place, { ...inside, around: [...inside.around, { step: own, block }] });
      }
      if (step.kind === 'plan' && typeof step.plan !== 'string') {
        const scope = `${own.at}/plan`;
        visit(step.plan.steps, `${scope}/steps`, { around: [...inside.around, { step: own, block: 0 }], scope });
      }
    }
  };
  visit(plan.steps, '/steps', { around: [], scope: '' });
  return placed;
}

/** The loops around a step, the outermost first. */
export function loopsAround({ around }: PlacedStep): PlacedStep[] {
  return around.map(({ step }) => step).filter(isLoop);
}

export function isLoop({ kind }: PlacedStep): boolean {
  return kind === 'for_each' || isRepeated(kind);
}

export function isRepeated(kind: StepKindName): boolean {
  return kind === 'while' || kind === 'do_while';
}

/** Whether two steps are in different branches of one `if`. */
export function areApart(one: PlacedStep, other: PlacedStep): boolean {
  return one.around.some(({ step, block }) => {
    const same = other.around.find((surrounding) => surrounding.step === step);
    return same !== undefined && step.kind === 'if' && same.block !== block;
  });
}

export function isBefore(one: PlacedStep, other: PlacedStep): boolean {
  return one.number < other.number && !areApart(one, other);
}

/** Whether no run does `later` without having done `earlier`, as far as blocks and equal conditions tell. */
export function isAlwaysBefore(earlier: PlacedStep, later: PlacedStep): boolean {
  if (!isBefore(earlier, later)) return false;
  const around = new Set(later.around.map(({ step }) => step));
  const known = [later, ...around].flatMap(({ step }) => step.when ?? []);
  const mayBeSkipped = (placed: PlacedStep) => hasCondition(placed) && !known.includes(placed.step.when ?? '');
  if (mayBeSkipped(earlier)) return false;
  return earlier.around.every(({ step, block }) => {
    if (around.has(step)) return true;
    if (mayBeSkipped(step) || step.kind === 'while') return false;
    return step.step.kind !== 'if' || known.includes(step.step.branches[block]?.when ?? '');
  });
}

/** Whether it may be skipped because of a condition of its own; that of a loop decides about its rounds. */
function hasCondition({ kind, step }: PlacedStep): boolean {
  return !isRepeated(kind) && (step.when !== undefined || Boolean(step.condition));
}

/** The branches that were looked at when this block of an `if` was taken: all of them for `else`. */
export function branchesUpTo({ step, block }: Surrounding): Branch[] {
  return step.step.kind === 'if' ? step.step.branches.slice(0, block + 1) : [];
}

/** The last steps that a run may end with: of a block, those in it. */
export function lastSteps(steps: PlacedStep[]): PlacedStep[] {
  const lastIn = (inner: PlacedStep[], depth: number): PlacedStep[] => {
    const last = inner.findLast(({ around }) => around.length === depth);
    if (last === undefined) return [];
    const inside = inner.filter(({ around }) => around[depth]?.step === last);
    const blocks = new Set(inside.map(({ around }) => around[depth]?.block));
    const inBlock = (block?: number) => inside.filter(({ around }) => around[depth]?.block === block);
    return [last, ...[...blocks].flatMap((block) => lastIn(inBlock(block), depth + 1))];
  };
  return lastIn(steps, 0);
}
