import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, setOwn, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { newEndUser } from '../../domain/run/end-user.js';
import { DEFAULT_END_USER } from '../../domain/run/run.js';
import type { ClarificationRequest } from '../../domain/run/clarification.js';
import { limitTime } from '../../timing/limit.js';
import { problemTexts } from '../../tools/argument-problems.js';
import { knownTool } from '../../executor/tool-fingerprints.js';
import { timeOfCall } from '../../executor/call-time.js';
import type { PolicyVerdict } from '../../domain/values/policies.js';
import { decideConsent, describeDenial } from '../../tools/consent-rule.js';
import { inspectTool } from '../../tools/inspect-tool.js';
import { EndUserData, toolEndUser } from '../../tools/end-user.js';
import { askReadiness } from '../../tools/readiness.js';
import type { Inspection, NotReady, Tool, ToolResult } from '../../tools/tool.js';
import { cutMessage, describeThrown } from '../../domain/values/thrown.js';
import { isSecretSchema, shownSecret } from '../../domain/values/secret-values.js';
import { matchToolIds } from '../../tools/tool-globs.js';
import { askYes } from '../input/confirm.js';
import { EXIT } from '../session/exit-codes.js';
import { parseJsonText } from '../session/json-text.js';
import { valueText } from '../output/output-value.js';
import type { DriveFlags } from '../session/options.js';
import { writeText, type Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';
import { readNamedValue, textOfNamed } from '../../documents/named-value.js';
import { readTyped } from '../../domain/values/typed-text.js';
import { whileWorking } from '../output/while-working.js';

/** The flags that it reads. */
type CallOptions = Pick<DriveFlags, 'approve'>;

/** One call of one tool outside any run: arguments checked, consent as in a run, the result printed. */
export async function callToolDirectly(session: Session<CallOptions>, tool: Tool, words: string[]): Promise<number> {
  const given = await readNamedArguments(session, words, tool.inputSchema());
  hideSecrets(session, given, tool.inputSchema());
  await tool.prepare?.();
  const parsed = await tool.parseArguments(given);
  if (!parsed.ok) {
    throw new PortiaError('invalid-input', `The arguments do not fit ${tool.id}.`, {
      why: problemTexts(parsed.problems).join('\n'),
      fix: portia('tools', 'describe', tool.id),
    });
  }
  const call = { args: parsed.args, words };
  await requireReady(session, tool, parsed.args);
  const facts = await requireConsent(session, tool, call);
  return untilStopped(
    session.io,
    (signal) => callAndPrint(session, tool, { ...call, facts, signal }),
    (signal) => interrupted(tool.id, { signal, acts: tool.effect !== 'read' }),
  );
}

/** Nothing that is printed of the call holds its secrets. */
function hideSecrets(session: Session, args: JsonObject, { properties }: JsonSchema): void {
  if (!isJsonObject(properties)) return;
  for (const [name, value] of Object.entries(args)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isJsonObject(schema) && isSecretSchema(schema)) session.services.redactor().hide(shownSecret(name), value);
  }
}

/** Nobody is asked about a call that cannot be made. */
async function requireReady({ services }: Session, tool: Tool, args: JsonObject): Promise<void> {
  const environment = services.toolEnvironment;
  const readiness = await askReadiness(tool, { environment, args });
  if (readiness.ready) return;
  if (readiness.actions !== undefined) throw notSignedIn(tool, readiness);
  const isOff = !(await askReadiness(tool, { environment })).ready;
  const what = isOff ? `${tool.id} is off.` : `This call of ${tool.id} lacks something that it needs.`;
  throw new PortiaError('tool-failed', what, { why: readiness.why, fix: readiness.fix });
}

function notSignedIn({ id }: Tool, { why, fix }: NotReady): PortiaError {
  return new PortiaError('approval-needed', `${id} waits for something that you do elsewhere.`, { why, fix });
}

async function callAndPrint(
  session: Session,
  tool: Tool,
  call: { args: JsonObject; words: string[]; facts: JsonObject; signal: AbortSignal },
): Promise<number> {
  const result = await whileWorking(tool.id, session, async () => runWithinTime(session, tool, call));
  switch (result.kind) {
    case 'output':
      for (const warning of result.warnings ?? []) await session.warn(warning);
      await printValue(session, result.value);
      return EXIT.complete;
    case 'clarifications':
      throw asksBack(tool, result.clarifications, call.words);
    case 'failure':
      throw toolFailed(tool, result);
  }
}

function toolFailed(tool: Tool, { message, retryable, unavailable }: Extract<ToolResult, { kind: 'failure' }>) {
  const code = unavailable === true ? 'unavailable' : 'tool-failed';
  return new PortiaError(code, `${tool.id}: ${cutMessage(message)}`, {
    fix: portia('tools', 'describe', tool.id),
    retryable,
  });
}

/** One call outside any run, within its time. Rejects with a PortiaError for one that did not end well. */
export async function runWithinTime(
  session: Session,
  tool: Tool,
  { args, facts, signal }: { args: JsonObject; facts: JsonObject; signal: AbortSignal },
): Promise<ToolResult> {
  const { toolEnvironment: environment, newId, store } = session.services;
  const data = new EndUserData();
  const endUser = (await store.readEndUser(DEFAULT_END_USER)) ?? newEndUser(DEFAULT_END_USER);
  const own = {
    runId: null,
    stepPath: '0',
    endUserId: DEFAULT_END_USER,
    endUser: toolEndUser(endUser),
    setEndUserData: data.set,
    answers: [],
    idempotencyKey: newId('clar'),
    facts,
  };
  const time = timeOfCall(tool, environment);
  const limit = limitTime(signal, time.ms);
  const context = { ...own, signal: limit.signal, progress: () => limit.restart(), environment };
  const running = Promise.resolve().then(() => tool.run(context, args));
  try {
    return await limit.race(running);
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    const isLate = limit.signal.aborted;
    const said = isLate ? time.late : describeThrown(error, (text) => session.services.redactor().text(text));
    // Never a code that means "try later": the call may have acted.
    throw new PortiaError('tool-failed', `${tool.id}: ${said}`, {
      why: !isLate
        ? 'The tool itself broke.'
        : tool.effect === 'read'
          ? undefined
          : 'What it did until then is not known.',
      fix: portia('tools', 'describe', tool.id),
      cause: error,
    });
  } finally {
    limit.clear();
    if (data.all !== undefined) await store.changeEndUser(DEFAULT_END_USER, { additional_data: data.all });
  }
}

async function printValue(session: Session, value: Json): Promise<void> {
  if (session.format === 'json' || session.format === 'ndjson') await session.print({ record: value, human: () => '' });
  else await writeText(session, `${valueText(value, session.format === 'human' ? 'pretty' : 'compact')}\n`);
}

function interrupted(toolId: string, { signal, acts }: { signal: string; acts: boolean }): PortiaError {
  return new PortiaError('interrupted', `${signal} stopped the call of ${toolId}.`, {
    why: acts ? 'What it did until then is not known: no run recorded it.' : undefined,
    fix: acts ? 'Check whether it has acted before you call it again.' : 'Give the same command again.',
    signal,
  });
}

/** Outside a run a question cannot be kept open: the person calls again with the answer, where an argument is one. */
function asksBack(tool: Tool, questions: ClarificationRequest[], words: string[]): PortiaError {
  const what = questions.map((question) =>
    question.category === 'Multiple Choice'
      ? `${question.user_guidance} ${question.options.map((option) => JSON.stringify(option)).join(', ')}`
      : question.user_guidance,
  );
  const { properties } = tool.inputSchema();
  const name = questions
    .map((question) => ('argument_name' in question ? question.argument_name : ''))
    .find((argument) => isJsonObject(properties) && Object.hasOwn(properties, argument));
  const others = words.filter((word) => !word.startsWith(`${name}=`) && !word.startsWith(`${name}:=`));
  const again = portia('tools', 'call', tool.id, ...others);
  return new PortiaError('approval-needed', `${tool.id} asks back.`, {
    why: what.join('\n'),
    fix:
      name === undefined
        ? 'Make it a step of a plan: a run keeps the question and its answer.'
        : advice`${again} ${name}=…`,
  });
}

async function requireConsent(
  session: Session<CallOptions>,
  tool: Tool,
  { args, words }: { args: JsonObject; words: string[] },
): Promise<JsonObject> {
  const { services } = session;
  const verdict = await requireNoDenial(session, tool, args);
  const inspection = await untilStopped(
    session.io,
    async (signal) => lookFirst(session, tool, { args, signal }),
    (signal) => interrupted(tool.id, { signal, acts: false }),
  );
  // Beside the arguments themselves, --approve is a yes to this very call.
  const isApproved = await matchesAny(session.options.approve, tool.id);
  const known = knownTool(tool);
  const isKept = known !== undefined && (await services.alwaysAllowed()).has(known);
  if (!isApproved && decideConsent({ tool, verdict, inspection, isKept }) === 'ask') {
    await askYes(session, {
      question: [`Call ${tool.id} with ${JSON.stringify(args)}?`, verdict.problem, inspection.note]
        .filter((part) => part !== undefined)
        .join(' '),
      command: portia('tools', 'call', tool.id, ...words, '--approve', tool.id),
    });
  }
  return inspection.facts;
}

/** What the rules say of the call. Rejects with `declined` when they deny it. */
export async function requireNoDenial({ services }: Session, tool: Tool, args: JsonObject): Promise<PolicyVerdict> {
  const verdict = await (await services.policy())(tool.id, args);
  if (verdict.policy !== 'deny') return verdict;
  const { message, ...details } = describeDenial(tool.id, verdict);
  throw new PortiaError('declined', message, details);
}

/** What the tool says of the call before it is made. Rejects with `tool-failed` when it breaks. */
export async function lookFirst(
  { services }: Session,
  tool: Tool,
  { args, signal }: { args: JsonObject; signal: AbortSignal },
): Promise<Inspection> {
  const { toolEnvironment: environment } = services;
  const { json: redact, text } = services.redactor();
  try {
    return await inspectTool(tool, args, { environment, created: new Set(), redact, signal });
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    const why = describeThrown(error, text);
    throw new PortiaError('tool-failed', `${tool.id} could not look at what it would do: ${why}`, {
      fix: portia('tools', 'describe', tool.id),
      cause: error,
    });
  }
}

async function matchesAny(globs: readonly string[] = [], id: string): Promise<boolean> {
  const matchers = await Promise.all(globs.map(matchToolIds));
  return matchers.some((matches) => matches(id));
}

/** Text becomes a number, yes or no, a list or an object where the schema takes no text. */
async function readNamedArguments(session: Session, words: string[], schema: JsonSchema): Promise<JsonObject> {
  const args: JsonObject = {};
  for (const word of words) {
    const named = readNamedValue(word);
    if (named === undefined) {
      throw new PortiaError('usage', `${JSON.stringify(word)} is not an argument.`, {
        fix: 'NAME=text, NAME:=json or NAME=@file',
      });
    }
    const { name, isJson } = named;
    const text = await textOfNamed(named, session.readText);
    setOwn(args, name, isJson ? parseJsonText(text, name) : asTyped(text, schema, name));
  }
  return args;
}

function asTyped(text: string, schema: JsonSchema, name: string): Json {
  const { properties } = schema;
  const own = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const value = isJsonObject(own) ? readTyped(text, own) : undefined;
  // What cannot be read is refused by the schema, which says what it takes.
  return value === undefined ? text : value;
}
