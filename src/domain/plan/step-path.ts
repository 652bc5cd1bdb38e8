import { capitalised } from '../values/capitalised.js';

// A step path is the place of a step in a plan, with the iterations of the loops around it: `2`, `3.branches.0.steps.1`,
// `3.else.0`, `4[2].steps.0`, `4.on_error.0`, `4.on_expiry.0`. A question of a plan that a step runs has a path in both: `5.plan.0`.

/** Negative when `first` is done before `second` in the written order; 0 for one path, and for a step and its block. */
export function comparePaths(first: string, second: string): number {
  const left = places(first);
  const right = places(second);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    // Infinity - Infinity is not a number: both are done instead of the same step.
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

/** The numbers of a path; `else` comes after every branch, and what is done instead after everything else in its step. */
function places(path: string): number[] {
  const words = path.match(/\d+|else|on_error|on_expiry/g) ?? [];
  return words.map((word) => LATE[word] ?? Number(word));
}

const LATE: Readonly<Record<string, number>> = {
  else: Number.MAX_VALUE,
  on_error: Infinity,
  on_expiry: Infinity,
};

/** The steps around a step, the innermost first: `4[2].steps.0`, `4` for `4[2].steps.0.else.1`. */
export function stepsAround(path: string): string[] {
  const around = path.replace(/(?:\[\d+\])?\.(?:branches\.\d+\.)?(?:steps|else|on_error|on_expiry)\.\d+$/, '');
  return around === path ? [] : [around, ...stepsAround(around)];
}

/** The step of this run that a path belongs to, without the part inside the plan that the step runs. */
export function ownPath(path: string): string {
  return path.split('.plan.', 1)[0] ?? path;
}

/** The step of the plan that a path belongs to, in whatever round of the loops around it. */
export function withoutRounds(path: string): string {
  return path.replace(/\[\d+\]/g, '');
}

/** Whether a step is one of those inside a block. */
export function isInside(path: string | null, block: string): boolean {
  return path !== null && path.length > block.length && path.startsWith(block) && /[.[]/.test(path[block.length] ?? '');
}

/**
 * A place in a plan, by its JSON pointer, as people count: `/steps/1/steps/0/args/to` is `step 2.1, args, to`. Empty for
 * the whole.
 */
export function placeOf(pointer: string): string {
  const [steps = ''] =
    /^(?:\/steps\/\d+(?:\/branches\/\d+|(?:\/(?:else|on_error|on_expiry)\/\d+)*)(?:\/plan(?=\/steps\/))?)*/.exec(
      pointer,
    ) ?? [];
  const words = pointer
    .slice(steps.length)
    .split('/')
    .slice(1)
    .map((word) => word.replaceAll('~1', '/').replaceAll('~0', '~'));
  const told = words.reduce<string[]>((found, word) => {
    const last = found.at(-1);
    const isNumber = last !== undefined && /^\d+$/.test(word);
    return isNumber ? [...found.slice(0, -1), `${last} ${Number(word) + 1}`] : [...found, word];
  }, []);
  const step = steps === '' ? [] : [`step ${stepNumber(steps.replace(/^\/steps\//, '').replaceAll('/', '.'))}`];
  return [...step, ...told].join(', ').replace(/\bplan_inputs (?=\d)/, 'plan input ');
}

/** The path of the step that a JSON pointer leads to or into; empty where it leads to none. */
export function pathInPointer(pointer: string): string {
  return stepsIn(pointer).slice('/steps/'.length).replaceAll('/', '.').replaceAll('.plan.steps.', '.plan.');
}

/** The part of a pointer that leads from step to step. */
function stepsIn(pointer: string): string {
  const steps = /^(?:\/steps\/\d+(?:\/branches\/\d+|(?:\/(?:else|on_error)\/\d+)*)(?:\/plan(?=\/steps\/))?)*/;
  return steps.exec(pointer)?.[0] ?? '';
}

/** A sentence about a place in a plan. */
export function placed(pointer: string, message: string): string {
  const place = placeOf(pointer);
  return place === '' ? message : `${place.replace(/^(?:step|plan input)(?= )/, capitalised)}: ${message}`;
}

/** A path as people count, from 1: `1` is step 2, `3.branches.0.steps.1` is 4.1.2, `4[2].steps.0` is 5[3].1. */
export function stepNumber(path: string): string {
  return path
    .replace(/\.(branches|steps|plan)(?=\.)/g, '')
    .replace(/(^|\.|\[)(\d+)/g, (_all, before: string, digits: string) => `${before}${Number(digits) + 1}`);
}
