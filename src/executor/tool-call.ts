import type { ClarificationRequest } from '../domain/run/clarification.js';
import { digestText, digestValue } from '../domain/values/digest.js';
import type { EventOf } from '../domain/run/events.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { resultInAnswer } from '../domain/run/unknown-outcome.js';
import { describeProblems } from '../tools/argument-problems.js';
import type { CallTurn } from '../tools/tool.js';
import { startClock } from '../timing/clock.js';
import { gaveTooMuch, recordOutput, type CallOutcome } from './call-outcome.js';
import {
  applyAnswers,
  askKey,
  outcomeQuestion,
  resultQuestion,
  replacementQuestion,
  type KnownEnd,
  ownAnswers,
  withDefaults,
} from './call-questions.js';
import { answerPlace, fetchSecrets, parseWithSecrets } from './call-secrets.js';
import { endLeftover, processOf, stillActingOf, takeTurn } from './call-turn.js';
import { askConsent, askConsentAgain, type CallToDecide, type Consented } from './consent.js';
import { afterCall, beforeCall, beforeCallAgain } from './hooked-calls.js';
import { throwBeforeActing } from './interruption.js';
import { argumentsOfPerson } from './approval.js';
import { changedNames, givenByPerson } from './value-sources.js';
import { placesLeft } from './secret-places.js';
import { runCounted, type Spent } from './counted-call.js';
import { failed, noTo } from './outcomes.js';
import type { StepContext } from './run-context.js';
import type { RunResult } from './run-result.js';

/** A call of a tool, as a step makes it for the first time or again. */
export interface ToolCall extends CallToDecide {
  /** SHA-256 of the arguments' canonical JSON. */
  argsDigest: string;
  /** How many identical calls the attempt made before this one. */
  ordinal: number;
  /** The digest of the arguments that a person changed: two calls that are changed to the same ones are two calls. */
  changedFrom?: string | undefined;
  /** Of a call that was begun. */
  begunKey?: string | undefined;
}

/** How a call ends that asks. */
type AskedInCall = Extract<EventOf<'tool.finished'>['outcome'], { kind: 'clarifications' }>;

function withArguments(call: ToolCall, args: JsonObject): ToolCall {
  if (args === call.args) return call;
  return { ...call, args, argsDigest: digestValue(args), begunKey: undefined };
}

/** The call as it was begun, perhaps with arguments of a person. */
function asBegun(call: ToolCall, args: JsonObject, { idempotency_key: begunKey }: EventOf<'tool.started'>): ToolCall {
  return { ...withArguments(call, args), secrets: placesLeft(args, call.secrets), begunKey };
}

/** Makes a tool call that is not recorded as finished; gives back the one that is. An agent learns what was changed. */
export async function callTool(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const outcome = await afterCall(context, call, await finishCall(context, call));
  if (outcome.kind !== 'output' || call.agent === undefined) return outcome;
  return { ...outcome, args: argumentsOfPerson(context, call) };
}

async function finishCall(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { recorder } = context;
  const { toolStarted, toolFinished, toolFailed } = recorder.index.effect(call.key);
  if (toolFinished?.outcome.kind === 'output') {
    return { kind: 'output', value: await recorder.recall(toolFinished.outcome.output) };
  }
  if (toolFinished?.outcome.kind === 'too-large') return gaveTooMuch(call.tool, toolFinished.outcome);
  if (toolFailed !== undefined) {
    const { message, retryable, not_done: notDone, unavailable } = toolFailed;
    return { kind: 'failure', message, retryable, notDone, unavailable };
  }
  if (toolFinished?.outcome.kind === 'clarifications') {
    return callAgainWithAnswers(context, call, toolFinished.outcome);
  }
  if (toolStarted !== undefined) {
    const isOver = await endLeftover(context, toolStarted);
    const args = (await recorder.recall(toolStarted.args)) as JsonObject;
    const begun = asBegun(call, args, toolStarted);
    if (toolStarted.effect === 'once') {
      const still = isOver ? undefined : stillActingOf(context, call.tool, recorder.index.effect(call.key));
      return settleUnknownOutcome(context, begun, { still });
    }
    // Reading or repeating does no harm; the recorded arguments and key make it the same call.
    return repeat(context, begun, { facts: toolStarted.facts ?? {} });
  }
  return begin(context, call);
}

async function begin(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  return (await earlierResult(context, call)) ?? startCall(context, call);
}

/** What a hook makes of the call is what a person is asked about. */
async function startCall(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { starts } = context.recorder.index.effect(call.key);
  if (starts > 0) return callWithConsent(context, await beforeCallAgain(context, call));
  const hooked = await beforeCall(context, call);
  return hooked.kind === 'end' ? hooked.outcome : callWithConsent(context, hooked.call);
}

async function callWithConsent(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const wait = await context.readyTools.beforeCall(context, call.tool);
  if (wait !== undefined) return { kind: 'stop', stop: wait };
  const stop = await fetchSecrets(context, call, ownAnswers(context, call));
  if (stop !== undefined) return { kind: 'stop', stop };
  return actWith(context, call, await askConsent(context, call));
}

async function actWith(context: StepContext, call: ToolCall, consent: Consented): Promise<CallOutcome> {
  if (!consent.ok && 'stop' in consent) return { kind: 'stop', stop: consent.stop };
  if (!consent.ok) return { ...declined(context, noTo(call.tool.id, consent.refused)), reason: consent.refused };
  const { args, secrets, facts, isChanged = false } = consent.value;
  const agreed = { ...withArguments(call, args), secrets };
  if (!isChanged) return act(context, agreed, facts);
  const changed = { ...agreed, changedFrom: call.argsDigest };
  // An earlier attempt may have made the call as the person changed it.
  return (await earlierResult(context, changed)) ?? act(context, changed, facts);
}

/** What was agreed to before this very call was begun the first time holds; a record that it was begun is not a consent. */
async function repeat(
  context: StepContext,
  call: ToolCall,
  begun: { facts: JsonObject; isAgreed?: boolean },
): Promise<CallOutcome> {
  const stop = await fetchSecrets(context, call, ownAnswers(context, call));
  if (stop !== undefined) return { kind: 'stop', stop };
  return actWith(context, call, await askConsentAgain(context, call, begun));
}

/** What an earlier attempt of the step already did with the same tool and arguments is not done again. */
async function earlierResult(context: StepContext, call: ToolCall): Promise<CallOutcome | undefined> {
  const { recorder, attempt } = context;
  if (attempt === 1 || call.tool.effect === 'read') return undefined;
  const earlier = recorder.index.latestCall(idempotencyKey(context, call));
  const ended = earlier?.toolFinished?.outcome;
  if (ended?.kind === 'output') return { kind: 'output', value: await recorder.recall(ended.output) };
  if (ended?.kind === 'too-large' && call.tool.effect === 'once')
    return askForResult(context, call, replacementQuestion(call.tool));
  const mayHaveActed = earlier !== undefined && ended === undefined && earlier.toolFailed?.not_done !== true;
  // It may have acted before it failed; only a person can know.
  if (!mayHaveActed || call.tool.effect !== 'once') return undefined;
  const heard = earlier.toolFailed?.message;
  const still = heard === undefined ? stillActingOf(context, call.tool, earlier) : undefined;
  return settleUnknownOutcome(context, call, { heard, still });
}

/** Asks what happened to a call that was begun and has no result, and continues from the answer. */
async function settleUnknownOutcome(context: StepContext, call: ToolCall, known: KnownEnd): Promise<CallOutcome> {
  const { starts } = context.recorder.index.effect(call.key);
  const asked = await call.ask(`outcome:${starts}`, [outcomeQuestion(call, known)]);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  const response = asked.value[0]?.response;
  if (response === 'not_done') {
    const { toolStarted } = context.recorder.index.effect(call.key);
    if (toolStarted === undefined) return startCall(context, call);
    return repeat(context, call, { facts: toolStarted.facts ?? {}, isAgreed: true });
  }
  const result = resultInAnswer(response ?? null);
  if (result !== undefined) return recordSaid(context, call, result.value);
  if (response === 'happened') return askForResult(context, call, resultQuestion(call.tool));
  return declined(context, `A person ended the run because the outcome of ${call.tool.id} is not known.`);
}

async function askForResult(context: StepContext, call: ToolCall, request: ClarificationRequest): Promise<CallOutcome> {
  const { starts } = context.recorder.index.effect(call.key);
  const asked = await call.ask(`result:${starts}`, [request]);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  return recordSaid(context, call, asked.value[0]?.response ?? null);
}

/** What a person says that the call gave. */
async function recordSaid(context: StepContext, call: ToolCall, value: Json): Promise<CallOutcome> {
  const { recorder, path } = context;
  const output = await recorder.record(path, value);
  await recorder.appendDurably({
    type: 'tool.finished',
    key: call.key,
    path,
    tool_id: call.tool.id,
    idempotency_key: idempotencyKey(context, call),
    outcome: { kind: 'output', output },
    ms: 0,
  });
  return { kind: 'output', value };
}

/** What a call was broken off for. */
const ASKED = 'it asked a question, and was broken off to wait for the answer';

/** The call asked and is answered: it is made with the answers in its arguments, or with what it kept beside them. */
async function callAgainWithAnswers(
  context: StepContext,
  call: ToolCall,
  { clarifications: requests, kept, may_have_acted: mayHaveActed }: AskedInCall,
): Promise<CallOutcome> {
  const { recorder } = context;
  const { toolStarted, starts } = recorder.index.effect(call.key);
  const asked = await call.ask(askKey(starts), requests);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  const before = toolStarted === undefined ? call.args : ((await recorder.recall(toolStarted.args)) as JsonObject);
  const answered = kept === undefined ? applyAnswers(call.tool, before, asked.value) : before;
  if (answered === undefined) return declined(context, `A person said no to ${call.tool.id}.`);
  const places = [...placesLeft(before, call.secrets), ...asked.value.flatMap(answerPlace)];
  const sources = givenByPerson(call.sources, changedNames(before, answered));
  const complete = { ...call, secrets: places, sources };
  const stop = await fetchSecrets(context, complete, asked.value);
  if (stop !== undefined) return { kind: 'stop', stop };
  const parsed = await parseWithSecrets(context, call.tool, { args: answered, places });
  if (!parsed.ok) {
    return {
      kind: 'failure',
      message: `The answered arguments do not fit: ${describeProblems(parsed.problems)}`,
      retryable: false,
      notDone: true,
    };
  }
  const again = withArguments(complete, parsed.args);
  if (mayHaveActed && call.tool.effect === 'once') return settleUnknownOutcome(context, again, { heard: ASKED });
  return begin(context, again);
}

async function act(context: StepContext, call: ToolCall, facts: JsonObject): Promise<CallOutcome> {
  throwBeforeActing(context);
  context.budget.beforeToolCall();
  const taken = await takeTurn(context, call.tool);
  if (taken.kind === 'failure') return taken;
  const { turn } = taken;
  const ran = await runRecorded(context, call, { facts, turn }).finally(() => turn.end());
  return recordResult(context, call, ran);
}

/** What a call gave, with what is recorded of it in every case. */
interface Ran {
  result: RunResult;
  spent: Spent;
  ms: number;
}

/** The intent is recorded and flushed before the tool runs. */
async function runRecorded(
  context: StepContext,
  call: ToolCall,
  { facts, turn }: { facts: JsonObject; turn: CallTurn },
): Promise<Ran> {
  const { recorder, path } = context;
  const { tool, args, key } = call;
  const idempotency_key = idempotencyKey(context, call);
  throwBeforeActing(context);
  await recorder.appendIntent({
    type: 'tool.started',
    key,
    path,
    tool_id: tool.id,
    effect: tool.effect,
    args: await recorder.record(path, args),
    idempotency_key,
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
    ...processOf(context, turn),
  });
  const clock = startClock();
  const ran = await runCounted(context, call, { facts, turn, idempotencyKey: idempotency_key });
  return { ...ran, ms: clock() };
}

async function recordResult(context: StepContext, call: ToolCall, { result, spent, ms }: Ran): Promise<CallOutcome> {
  const { recorder, path } = context;
  const { tool, key } = call;
  const idempotency_key = idempotencyKey(context, call);
  const event = { key, path, tool_id: tool.id, ...spent, ms };
  switch (result.kind) {
    case 'unknown': {
      const message = `${tool.id} ended without saying whether it acted: ${result.message}`;
      recorder.append({ type: 'warning', path, message, ...(spent.usage && { usage: spent.usage }) });
      return settleUnknownOutcome(context, call, { heard: result.message });
    }
    case 'failure': {
      const { message, retryable, notDone = false, unavailable } = result;
      const failure = { message, retryable, not_done: notDone, ...(unavailable && { unavailable }) };
      await recorder.appendDurably({ type: 'tool.failed', ...event, ...failure });
      return { kind: 'failure', message, retryable, notDone, unavailable };
    }
    case 'clarifications': {
      const asked = result.clarifications.map((request) => withDefaults(request, call));
      const { kept, mayHaveActed } = result;
      const outcome: AskedInCall = {
        kind: 'clarifications',
        clarifications: recorder.redact(asked),
        ...(kept !== undefined && { kept: recorder.redact(kept) }),
        ...(mayHaveActed && { may_have_acted: true }),
      };
      recorder.append({ type: 'tool.finished', ...event, idempotency_key, outcome });
      return callAgainWithAnswers(context, call, outcome);
    }
    case 'too-large': {
      const { digest, bytes } = result;
      const outcome = { kind: 'too-large' as const, digest, bytes };
      await recorder.appendDurably({ type: 'tool.finished', ...event, idempotency_key, outcome });
      return gaveTooMuch(tool, { bytes });
    }
    case 'output':
      return recordOutput(context, { result, tool }, { ...event, idempotency_key });
  }
}

/** The same for every repetition of the call, in whatever attempt. */
function idempotencyKey(context: StepContext, call: ToolCall): string {
  if (call.begunKey !== undefined) return call.begunKey;
  const { id } = context.recorder.run;
  const { tool, argsDigest, ordinal, changedFrom } = call;
  const parts = [id, context.path, tool.id, argsDigest, ordinal, ...(changedFrom === undefined ? [] : [changedFrom])];
  return digestText(parts.join('\n')).slice(0, 32);
}

function declined(context: { path: string }, message: string): CallOutcome & { kind: 'stop' } {
  return { kind: 'stop', stop: failed(context, { code: 'declined', message, retryable: false }) };
}
