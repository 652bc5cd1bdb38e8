import type { Step } from '../domain/plan/plan.js';
import type { Output } from '../domain/run/run.js';
import type { BlockEnd, StepBreak } from './outcomes.js';
import type { Block, RunContext } from './run-context.js';
import type { Scope } from './scope.js';

/** A step with its place. */
export interface Work {
  step: Step;
  path: string;
  scope: Scope;
}

/** How a step ended, as its block sees it; `name` is that of its output, if it leaves one. */
export type StepEnd =
  | { kind: 'completed'; name?: string | undefined; output: Output | undefined }
  | { kind: 'skipped' }
  | StepBreak;

/** Does the steps of a block in a context. */
export type RunBlock = (context: RunContext, block: Block) => Promise<BlockEnd>;
