import type { Step } from '../../../../src/domain/plan/plan.js';
import { areApart, branchesUpTo, isAlwaysBefore, isRepeated, type PlacedStep } from './placed-step.js';
import { namesInExpression, namesInGuard } from './step-texts.js';

/** Something that must hold before a step is done. */
export interface Guard {
  /** Bare names that it looks at, in `scope`. */
  names: string[];
  scope: string;
  text: string;
  /** A model judges it, and sees every value. */
  isSentence: boolean;
  /** A condition around the step, the list of a loop, a loop before it that fails at its limit, an exit before it. */
  from: 'condition' | 'list' | 'repetition' | 'exit';
}

/** All that decides whether a step is done. */
export function guardsOf(placed: PlacedStep, steps: readonly PlacedStep[]): Guard[] {
  const around = placed.around.flatMap((surrounding): Guard[] => {
    const { step, scope } = surrounding.step;
    const branches = branchesUpTo(surrounding).flatMap((branch) => guardIn(branch, { scope, from: 'condition' }));
    const own = guardIn(step, { scope, from: 'condition' });
    if (step.kind !== 'for_each') return [...own, ...branches];
    const text = typeof step.over === 'string' ? step.over : JSON.stringify(step.over);
    const names = typeof step.over === 'string' ? namesInExpression(step.over) : [];
    return [...own, { names, scope, text, isSentence: false, from: 'list' }];
  });
  return [...conditionOf(placed), ...around, ...steps.flatMap((before) => guardsBefore(before, placed))];
}

function guardIn({ when, condition }: Pick<Step, 'when' | 'condition'>, of: Pick<Guard, 'scope' | 'from'>): Guard[] {
  if (when === undefined && !condition) return [];
  const text = when ?? condition ?? '';
  return [{ ...of, names: namesInGuard({ when, condition }), text, isSentence: when === undefined }];
}

/** The condition of a loop decides about its rounds. */
function conditionOf({ step, kind, scope }: PlacedStep, from: Guard['from'] = 'condition'): Guard[] {
  return isRepeated(kind) ? [] : guardIn(step, { scope, from });
}

function guardsBefore(before: PlacedStep, placed: PlacedStep): Guard[] {
  if (before.kind === 'exit') return exitGuards(before, placed);
  const isAround = placed.around.some(({ step }) => step === before);
  if (!isRepeated(before.kind) || isAround || !isAlwaysBefore(before, placed)) return [];
  // One that only counts its rounds says nothing about what comes after it.
  const counts = /\$\w+(?:\.\w+)*\s*<=?\s*\d+/.test(before.step.when ?? '');
  return counts ? [] : guardIn(before.step, { scope: before.scope, from: 'repetition' });
}

/** What is done behind an exit is done only when the exit was not taken. */
function exitGuards(exit: PlacedStep, placed: PlacedStep): Guard[] {
  if (exit.number >= placed.number || areApart(exit, placed)) return [];
  const shared = new Set(placed.around.map(({ step }) => step));
  const around = exit.around.filter(({ step }) => !shared.has(step));
  const blocks = around.flatMap((surrounding) => [
    ...conditionOf(surrounding.step, 'exit'),
    ...branchesUpTo(surrounding).flatMap((branch) => guardIn(branch, { scope: exit.scope, from: 'exit' })),
  ]);
  return [...conditionOf(exit, 'exit'), ...blocks];
}
