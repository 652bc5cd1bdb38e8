import type { ClarificationRequest } from '../../domain/run/clarification.js';
import { isJsonObject, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import type { ToolStep } from '../../domain/plan/plan.js';
import { describeProblems, type ArgumentProblem } from '../../tools/argument-problems.js';
import type { Tool } from '../../tools/tool.js';
import { answerPlace, parseWithSecrets } from '../call-secrets.js';
import type { Effects } from '../effects.js';
import { fillArguments } from '../expressions.js';
import { failed, type StepContext, type StepOutcome, type StepStop } from '../run-context.js';
import { lostUses, type SecretPlace } from '../secret-places.js';
import { toolMissing } from '../step-inputs.js';

/** Calls one tool with the plan's own arguments. No model is involved. */
export async function runToolStep(context: StepContext, effects: Effects, step: ToolStep): Promise<StepOutcome> {
  const tool = context.services.tools.get(step.tool_id);
  if (tool === undefined) return toolMissing(context, step.tool_id);
  const filled = await fillArguments(context, step.args, tool.inputSchema());
  if (!filled.ok) return filled.stop;
  const complete = await completeArguments(context, { effects, tool, ...filled.value });
  if (!complete.ok) return complete.stop;
  return callOnce(context, { effects, tool, ...complete });
}

/** `secrets`: where secrets stand in the arguments, of which they have what stands for each. */
export type Completed = { ok: true; args: JsonObject; secrets: SecretPlace[] } | { ok: false; stop: StepStop };

/** Checked arguments. Absent ones are asked for, all at once; wrong ones fail the step. */
export async function completeArguments(
  context: StepContext,
  call: { effects: Effects; tool: Tool; args: JsonObject; secrets?: SecretPlace[] },
): Promise<Completed> {
  const { effects, tool } = call;
  let { secrets = [] } = call;
  const parse = (args: JsonObject) => parseWithSecrets(context, tool, { args, places: secrets });
  const isLost = () => lostUses(secrets, context.secrets).length > 0;
  const given = parse(call.args);
  if (given.ok && !isLost()) return { ...given, secrets };
  let args = given.ok ? call.args : withImportedAnswers(context, { ...call, missing: missingOf(given.problems) });
  const first = parse(args);
  if (first.ok && !isLost()) return { ...first, secrets };
  const missing = first.ok ? [] : missingOf(first.problems);
  if (missing.length > 0) {
    const asked = await effects.ask(missing.map((problem) => askForArgument(tool, problem)));
    if (!asked.ok) return asked;
    args = { ...args };
    for (const answer of asked.answers) {
      if (answer.category === 'Input') args[answer.argument_name] = answer.response;
    }
    secrets = [...secrets, ...asked.answers.flatMap(answerPlace)];
  }
  if (isLost()) {
    // What was begun has its arguments in the record, and may need no secret any more.
    if (effects.isNextBegun) return { ok: true, args, secrets };
    const asked = await effects.askForLost(lostUses(secrets, context.secrets));
    if (!asked.ok) return asked;
  }
  const parsed = parse(args);
  return parsed.ok ? { ...parsed, secrets } : { ok: false, stop: wrongArguments(context, tool, parsed.problems) };
}

function missingOf(problems: ArgumentProblem[]): ArgumentProblem[] {
  return problems.filter((problem) => problem.missing);
}

/** Nobody is asked again for what another tool asked before the run came here, where the answer fits. */
function withImportedAnswers(
  { recorder, path }: StepContext,
  { tool, args, missing }: { tool: Tool; args: JsonObject; missing: ArgumentProblem[] },
): JsonObject {
  const answers = recorder.importedAnswers(path).filter((answer) => answer.category === 'Input');
  return missing.reduce((filled, { argument }) => {
    const answer = answers.findLast((candidate) => candidate.argument_name === argument);
    if (answer === undefined) return filled;
    const more = { ...filled, [argument]: answer.response };
    const parsed = tool.parseArguments(more);
    return parsed.ok || parsed.problems.every((problem) => problem.argument !== argument) ? more : filled;
  }, args);
}

function askForArgument(tool: Tool, problem: ArgumentProblem): ClarificationRequest {
  const schema = argumentSchema(tool.inputSchema(), problem.argument);
  const about = typeof schema?.['description'] === 'string' ? ` ${schema['description']}` : '';
  return {
    category: 'Input',
    user_guidance: `${tool.id} needs a value for ${problem.argument}.${about}`,
    argument_name: problem.argument,
    ...(schema === undefined ? {} : { schema }),
    source: tool.name,
  };
}

function argumentSchema(schema: JsonSchema, argument: string): JsonSchema | undefined {
  const properties = schema['properties'];
  if (!isJsonObject(properties) || !Object.hasOwn(properties, argument)) return undefined;
  const own = properties[argument];
  return isJsonObject(own) ? own : undefined;
}

function wrongArguments(context: StepContext, tool: Tool, problems: ArgumentProblem[]): StepStop {
  const message = `The arguments for ${tool.id} do not fit: ${describeProblems(problems)}.`;
  return failed(context, { code: 'invalid-input', message, retryable: false });
}

async function callOnce(
  context: StepContext,
  call: { effects: Effects; tool: Tool; args: JsonObject; secrets: SecretPlace[] },
): Promise<StepOutcome> {
  const { effects, tool, args, secrets } = call;
  const outcome = await effects.callTool(tool, args, { secrets });
  if (outcome.kind === 'stop') return outcome.stop;
  if (outcome.kind === 'output') return { kind: 'completed', value: outcome.value };
  const why = outcome.why ?? (tool.effect === 'once' && !outcome.notDone ? MAY_HAVE_ACTED : undefined);
  return failed(context, {
    code: outcome.unavailable === true ? 'unavailable' : 'tool-failed',
    message: `${tool.id}: ${outcome.message}`,
    ...(why !== undefined && { why }),
    retryable: isRepeatable(tool, outcome),
  });
}

const MAY_HAVE_ACTED = 'It may have acted before it failed: a resume asks whether it did, before it is called again.';

/** A call that may have acted is not made again without a person's word. */
export function isRepeatable(tool: Tool, failure: { retryable: boolean; notDone: boolean }): boolean {
  return failure.retryable && (tool.effect !== 'once' || failure.notDone);
}
