import type { JsonSchema } from '../../domain/values/json.js';
import type { AgentStep, LlmStep } from '../../domain/plan/plan.js';
import type { Effects } from '../effects.js';
import { aboutWork } from '../about-work.js';
import { fillText } from '../expressions.js';
import { llmMessages } from '../prompts/llm-prompt.js';
import { toMessages } from '../prompts/prompt.js';
import { askAbout } from '../reading.js';
import { schemaShape } from '../reply-shape.js';
import type { StepContext } from '../run-context.js';
import type { StepOutcome } from '../outcomes.js';
import { readInputs } from '../step-inputs.js';

/** One answer of the model to a task and its inputs: one call. */
export async function runLlmStep(effects: Effects, step: LlmStep | AgentStep): Promise<StepOutcome> {
  const { context } = effects;
  const inputs = await readInputs(context, step.inputs);
  if (!inputs.ok) return inputs.stop;
  const task = await fillText(context, step.task);
  if (!task.ok) return task.stop;
  const prompt = step.kind === 'llm' ? step.system_prompt : undefined;
  const system = prompt === undefined ? undefined : await fillText(context, prompt);
  if (system?.ok === false) return system.stop;
  const { recorder } = context;
  const today = recorder.index.startedAt.slice(0, 10);
  const answers = recorder.questions.importedAnswers(context.path);
  const work = { task: task.value, answers, system: system?.value, today };
  const reply = await askAbout(effects, {
    role: 'execution',
    model: step.model,
    values: inputs.value,
    about: () => aboutWork({ ...work, inputs: inputs.value }),
    write: (marks, { values, ...shown }) => toMessages(llmMessages({ ...work, ...shown, inputs: values, marks })),
    shape: step.output_schema === undefined ? undefined : await shapeOf(context, step.output_schema),
  });
  return { kind: 'completed', value: reply.value ?? reply.text };
}

async function shapeOf(context: StepContext, schema: JsonSchema) {
  return schemaShape(context.services, 'step_output', schema);
}
