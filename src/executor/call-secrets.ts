import { selectorName, type Clarification } from '../domain/run/clarification.js';
import type { JsonObject } from '../domain/values/json.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import type { ParsedArguments, Tool } from '../tools/tool.js';
import { askForLost, type Ask } from './lost-secrets.js';
import type { StepContext } from './run-context.js';
import type { StepStop } from './outcomes.js';
import {
  lostUses,
  secretPlace,
  withoutSecrets,
  withSecrets,
  type SecretPlace,
  type SecretUse,
} from './secret-places.js';

/** A call with the places of secrets in its arguments. */
export interface CallWithSecrets {
  tool: Tool;
  /** As they are recorded and shown. */
  args: JsonObject;
  secrets: SecretPlace[];
}

/** The answer as an argument of the call, when it is a secret. */
export function answerPlace(answer: Clarification): SecretPlace[] {
  const isArgument = answer.category === 'Input' || answer.category === 'Value Confirmation';
  if (!isArgument || !isSecretAnswer(answer)) return [];
  return [secretPlace([answer.argument_name], [useOf(answer)])];
}

function isSecretAnswer(answer: Clarification): boolean {
  return answer.resolved && typeof answer.response !== 'boolean' && asksForSecret(answer);
}

function useOf(answer: Clarification): SecretUse {
  return { handle: answer.id, name: selectorName(answer) };
}

/** Checked with the values that this process holds; the arguments that it gives are those to be recorded and shown. */
export async function parseWithSecrets(
  { secrets }: Pick<StepContext, 'secrets'>,
  tool: Tool,
  { args, places }: { args: JsonObject; places: readonly SecretPlace[] },
): Promise<ParsedArguments> {
  const parsed = await tool.parseArguments(withSecrets(args, places, secrets));
  return parsed.ok ? { ok: true, args: withoutSecrets(parsed.args, places) } : parsed;
}

/** The arguments with which the tool itself is called. */
export async function actualArguments(
  { secrets }: Pick<StepContext, 'secrets'>,
  call: CallWithSecrets,
): Promise<JsonObject> {
  if (call.secrets.length === 0) return call.args;
  const actual = withSecrets(call.args, call.secrets, secrets);
  const parsed = await call.tool.parseArguments(actual);
  return parsed.ok ? parsed.args : actual;
}

/** The answers as the tool itself is given them. */
export function actualAnswers({ secrets }: Pick<StepContext, 'secrets'>, answers: Clarification[]): Clarification[] {
  return answers.map((answer) => {
    const held = isSecretAnswer(answer) ? secrets.find(answer.id) : undefined;
    return held === undefined ? answer : { ...answer, response: held.value };
  });
}

/**
 * Asks for the secrets of the call that this process does not hold; `answers` are those to the call's own questions. Gives
 * what stops the step, if anything.
 */
export async function fetchSecrets(
  context: StepContext,
  call: { secrets: readonly SecretPlace[]; ask: Ask },
  answers: readonly Clarification[],
): Promise<StepStop | undefined> {
  const { secrets } = context;
  const told = answers.filter(isSecretAnswer).map(useOf);
  const lost = [...lostUses(call.secrets, secrets), ...told.filter(({ handle }) => secrets.find(handle) === undefined)];
  return lost.length === 0 ? undefined : askForLost(context, lost, call.ask);
}
