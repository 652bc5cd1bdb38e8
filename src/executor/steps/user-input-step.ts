import type { ClarificationRequest } from '../../domain/run/clarification.js';
import { asText, type Json, type JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { UserInputStep } from '../../domain/plan/plan.js';
import { asksForSecret } from '../../domain/run/secret-answers.js';
import type { Effects } from '../effects.js';
import { evaluateList, fillList, fillText } from '../expressions.js';
import type { StepContext } from '../run-context.js';
import { failed, type Got, type StepOutcome } from '../outcomes.js';

/** Asks a person for a value: free, or one of several. */
export async function runUserInputStep(effects: Effects, step: UserInputStep): Promise<StepOutcome> {
  const { context } = effects;
  const message = await fillText(context, step.message);
  if (!message.ok) return message.stop;
  const options = await optionsOf(context, step);
  if (options?.ok === false) return options.stop;
  const schema = step.schema ?? shapeToAskFor(context, step);
  const asked = await effects.ask([question({ ...step, schema }, message.value, options?.value)]);
  if (!asked.ok) return asked.stop;
  const [answer] = asked.value;
  const secret = answer !== undefined && asksForSecret(answer) ? answer.id : undefined;
  return { kind: 'completed', value: answer?.response ?? null, secret };
}

/** Without a model that could give an answer its form, the person is asked for that form. */
function shapeToAskFor({ services }: StepContext, { output_schema: shape }: UserInputStep): JsonSchema | undefined {
  return services.modelId('execution') === undefined ? shape : undefined;
}

async function optionsOf(context: StepContext, step: UserInputStep): Promise<Got<Json[]> | undefined> {
  if (step.options === undefined) return undefined;
  const { options: source } = step;
  const options = await (typeof source === 'string' ? evaluateList(context, source) : fillList(context, source));
  if (!options.ok || options.value.length > 0) return options;
  const message = `There is nothing to choose from: ${asText(source)} gives an empty list.`;
  return { ok: false, stop: failed(context, { code: 'expression-failed', message, retryable: false }) };
}

function question(step: UserInputStep, guidance: string, options: Json[] | undefined): ClarificationRequest {
  const common = { user_guidance: guidance, argument_name: bareName(step.output), source: 'User input step' };
  if (options !== undefined) return { category: 'Multiple Choice', ...common, options };
  return { category: 'Input', ...common, ...(step.schema !== undefined && { schema: step.schema }) };
}
