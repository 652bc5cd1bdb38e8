import type { ClarificationRequest } from '../domain/run/clarification.js';
import { isJsonObject, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { describeProblems, type ArgumentProblem } from '../tools/argument-problems.js';
import type { Tool } from '../tools/tool.js';
import { answerPlace, parseWithSecrets } from './call-secrets.js';
import type { Effects } from './effects.js';
import type { FilledArguments } from './expressions.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import type { StepContext } from './run-context.js';
import { changedNames, givenByPerson, type ArgumentSources } from './value-sources.js';
import { lostUses, type SecretPlace } from './secret-places.js';

/** Checked arguments. Absent ones are asked for, all at once; wrong ones fail the step. */
export async function completeArguments(
  effects: Effects,
  call: { tool: Tool; args: JsonObject; secrets?: SecretPlace[]; sources?: ArgumentSources | undefined },
): Promise<Got<FilledArguments>> {
  const { context } = effects;
  const { tool } = call;
  let { secrets = [], sources } = call;
  const parse = (args: JsonObject) => parseWithSecrets(context, tool, { args, places: secrets });
  const isLost = () => lostUses(secrets, context.secrets).length > 0;
  const given = await parse(call.args);
  if (given.ok && !isLost()) return { ok: true, value: { args: given.args, secrets, sources } };
  let args = given.ok ? call.args : await withImportedAnswers(context, { ...call, missing: missingOf(given.problems) });
  sources = givenByPerson(sources, changedNames(call.args, args));
  const first = await parse(args);
  if (first.ok && !isLost()) return { ok: true, value: { args: first.args, secrets, sources } };
  const missing = first.ok ? [] : missingOf(first.problems);
  if (missing.length > 0) {
    const asked = await effects.ask(missing.map((problem) => askForArgument(tool, problem)));
    if (!asked.ok) return asked;
    args = { ...args };
    for (const answer of asked.value) {
      if (answer.category === 'Input') args[answer.argument_name] = answer.response;
    }
    sources = givenByPerson(sources, new Set(missing.map((problem) => problem.argument)));
    secrets = [...secrets, ...asked.value.flatMap(answerPlace)];
  }
  if (isLost()) {
    // What was begun has its arguments in the record, and may need no secret any more.
    if (effects.isNextBegun) return { ok: true, value: { args, secrets, sources } };
    const stop = await effects.askForLost(lostUses(secrets, context.secrets));
    if (stop !== undefined) return { ok: false, stop };
  }
  const parsed = await parse(args);
  if (!parsed.ok) return { ok: false, stop: wrongArguments(context, tool, parsed.problems) };
  return { ok: true, value: { args: parsed.args, secrets, sources } };
}

function missingOf(problems: ArgumentProblem[]): ArgumentProblem[] {
  return problems.filter((problem) => problem.missing);
}

/** Nobody is asked again for what another tool asked before the run came here, where the answer fits. */
async function withImportedAnswers(
  { recorder, path }: StepContext,
  { tool, args, missing }: { tool: Tool; args: JsonObject; missing: ArgumentProblem[] },
): Promise<JsonObject> {
  const answers = recorder.questions.importedAnswers(path).filter((answer) => answer.category === 'Input');
  let filled = args;
  for (const { argument } of missing) {
    const answer = answers.findLast((candidate) => candidate.argument_name === argument);
    if (answer === undefined) continue;
    const more = { ...filled, [argument]: answer.response };
    const parsed = await tool.parseArguments(more);
    if (parsed.ok || parsed.problems.every((problem) => problem.argument !== argument)) filled = more;
  }
  return filled;
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

/** A call that may have acted is not made again without a person's word. */
export function isRepeatable(tool: Tool, failure: { retryable: boolean; notDone: boolean }): boolean {
  return failure.retryable && (tool.effect !== 'once' || failure.notDone);
}
