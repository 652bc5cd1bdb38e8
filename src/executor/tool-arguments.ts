import type { ClarificationRequest } from '../domain/run/clarification.js';
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { describeProblems, type ArgumentProblem } from '../tools/argument-problems.js';
import type { Tool } from '../tools/tool.js';
import { answerPlace, parseWithSecrets } from './call-secrets.js';
import type { Effects } from './effects.js';
import type { FilledArguments } from './expressions.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import type { StepContext } from './run-context.js';
import { changedNames, givenByPerson, type ArgumentSources } from './value-sources.js';
import { lostUses, type SecretPlace } from './secret-places.js';

/** Arguments that a person gives although there is a value, by name, each with why. */
export type Doubts = ReadonlyMap<string, string>;

/** Checked arguments. Absent and doubted ones are asked for, all at once; wrong ones fail the step. */
export async function completeArguments(
  effects: Effects,
  call: {
    tool: Tool;
    args: JsonObject;
    secrets?: SecretPlace[];
    sources?: ArgumentSources | undefined;
    doubts?: Doubts | undefined;
    /** What a person gave for arguments of calls before this one, by name. */
    answers?: ReadonlyMap<string, Json> | undefined;
  },
): Promise<Got<FilledArguments>> {
  const { context } = effects;
  const { tool, doubts = NO_DOUBTS } = call;
  let { secrets = [], sources } = call;
  const parse = (args: JsonObject) => parseWithSecrets(context, tool, { args, places: secrets });
  const isLost = () => lostUses(secrets, context.secrets).length > 0;
  const certain = without(call.args, doubts);
  const given = await parse(certain);
  if (given.ok && doubts.size === 0 && !isLost()) return { ok: true, value: { args: given.args, secrets, sources } };
  const names = wantedOf(given, certain, doubts);
  let args = await withKnownAnswers(context, { ...call, args: certain, names });
  sources = givenByPerson(sources, changedNames(certain, args));
  const first = await parse(args);
  const wanted = wantedOf(first, args, doubts);
  if (first.ok && wanted.length === 0 && !isLost()) return { ok: true, value: { args: first.args, secrets, sources } };
  if (wanted.length > 0) {
    const asked = await effects.ask(wanted.map((argument) => askForArgument(tool, argument, doubts.get(argument))));
    if (!asked.ok) return asked;
    args = { ...args };
    for (const answer of asked.value) {
      if (answer.category === 'Input') args[answer.argument_name] = answer.response;
    }
    sources = givenByPerson(sources, new Set(wanted));
    secrets = [...secrets, ...asked.value.flatMap(answerPlace)];
  }
  if (isLost()) {
    // What was begun has its arguments in the record, and may no longer need a secret.
    if (effects.isNextBegun) return { ok: true, value: { args, secrets, sources } };
    const stop = await effects.askForLost(lostUses(secrets, context.secrets));
    if (stop !== undefined) return { ok: false, stop };
  }
  const parsed = await parse(args);
  if (!parsed.ok) return { ok: false, stop: wrongArguments(context, tool, parsed.problems) };
  return { ok: true, value: { args: parsed.args, secrets, sources } };
}

const NO_DOUBTS: Doubts = new Map();

function without(args: JsonObject, doubts: Doubts): JsonObject {
  if (doubts.size === 0) return args;
  return Object.fromEntries(Object.entries(args).filter(([name]) => !doubts.has(name)));
}

/** The names of what is still to be given: required arguments, and those that were doubted. */
function wantedOf(
  parsed: { ok: true } | { ok: false; problems: ArgumentProblem[] },
  args: JsonObject,
  doubts: Doubts,
): string[] {
  const missing = parsed.ok ? [] : parsed.problems.filter((problem) => problem.missing);
  const doubted = [...doubts.keys()].filter((name) => !Object.hasOwn(args, name));
  return [...new Set([...missing.map(({ argument }) => argument), ...doubted])];
}

/** Nobody is asked again for what this step or another tool asked before, where the answer fits. */
async function withKnownAnswers(
  { recorder, path }: StepContext,
  call: { tool: Tool; args: JsonObject; names: readonly string[]; answers?: ReadonlyMap<string, Json> | undefined },
): Promise<JsonObject> {
  const { tool, args, names, answers } = call;
  const imported = recorder.questions.importedAnswers(path).flatMap((answer): [string, Json][] => {
    return answer.category === 'Input' ? [[answer.argument_name, answer.response]] : [];
  });
  const known = new Map([...imported, ...(answers ?? [])]);
  let filled = args;
  for (const argument of names) {
    const answer = known.get(argument);
    if (answer === undefined) continue;
    const more = { ...filled, [argument]: answer };
    const parsed = await tool.parseArguments(more);
    if (parsed.ok || parsed.problems.every((problem) => problem.argument !== argument)) filled = more;
  }
  return filled;
}

function askForArgument(tool: Tool, argument: string, doubt: string | undefined): ClarificationRequest {
  const schema = argumentSchema(tool.inputSchema(), argument);
  const description = schema?.['description'];
  const guidance = [`${tool.id} needs a value for ${argument}.`, description, doubt];
  return {
    category: 'Input',
    user_guidance: guidance.filter((part) => typeof part === 'string').join(' '),
    argument_name: argument,
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
