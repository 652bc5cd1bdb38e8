import type { JsonObject } from '../../values/json.js';
import type { AgentStep, LlmStep, ReactStep } from '../plan.js';
import { FITTED_OUTPUT, NO_BLOCKS, type NameSource } from './step-kind.js';

type ModelStep = AgentStep | LlmStep | ReactStep;

/** The texts whose templates are filled in. */
function textsOf(step: ModelStep): JsonObject {
  const { task } = step;
  return step.kind === 'llm' && step.system_prompt !== undefined
    ? { task, system_prompt: step.system_prompt }
    : { task };
}

/** Work that a model does, as its author describes it. */
export const MODEL_WORK = {
  ...NO_BLOCKS,
  ...FITTED_OUTPUT,
  onMisfit: 'itself' as const,
  canOverlap: true,
  takes: (step: ModelStep): NameSource[] => [
    { at: '/inputs', names: step.inputs.map(({ name }) => name) },
    { at: '', templates: textsOf(step) },
  ],
  taskText: (): undefined => undefined,
};
