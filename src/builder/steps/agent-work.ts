import { leaves, type Draft } from '../draft.js';
import type { Leaving, StepInput } from '../step-options.js';
import type { JsonObject } from '../../domain/values/json.js';

export interface AgentWork<Names extends string, Output extends string, Name extends string> extends Leaving<
  Output,
  Name
> {
  task: string;
  inputs?: readonly StepInput<Names>[] | undefined;
  /** `provider/name`. Default: the model of the role. */
  model?: string | undefined;
}

/** Task, inputs, what the step works with, and what it leaves, in the order of the Python SDK. */
export function agentWork(options: AgentWork<string, string, string>, draft: Draft, tools: JsonObject = {}) {
  return {
    name: options.stepName,
    task: options.task,
    inputs: draft.write.inputs(options.inputs ?? [], '/inputs'),
    ...tools,
    ...leaves(options, draft),
    model: options.model,
  };
}

/** Globs of the files that an agent may make without a question. */
export function writesOf(
  { writes }: { writes?: readonly string[] | undefined },
  { write }: Draft,
): string[] | undefined {
  return writes === undefined ? undefined : [...write.items(writes, { at: '/writes', wanted: 'Files are a list' })];
}
