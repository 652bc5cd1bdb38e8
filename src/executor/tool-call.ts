import type { Clarification, ClarificationRequest } from '../domain/clarification.js';
import { digestText, digestValue } from '../domain/digest.js';
import { messageOf } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Tool, ToolResult } from '../tools/tool.js';
import { startClock, type Asked } from './acting.js';
import { askConsent } from './consent.js';
import { interruptionOf } from './interruption.js';
import { failed, type StepContext, type StepStop } from './run-context.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** How long a tool may take to end by itself after the run was interrupted. */
const GRACE_MS = 5_000;

export type CallOutcome =
  | { kind: 'output'; value: Json }
  | { kind: 'failure'; message: string; retryable: boolean; notDone: boolean }
  | { kind: 'stop'; stop: StepStop };

export interface ToolCall {
  tool: Tool;
  args: JsonObject;
  key: string;
  /** How many identical calls the attempt made before this one. */
  ordinal: number;
  ask(suffix: string, requests: ClarificationRequest[]): Promise<Asked>;
}

/** Makes a tool call that is not recorded as finished; gives back the one that is. */
export async function callTool(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { recorder } = context;
  const record = recorder.effect(call.key);
  const { toolStarted, toolFinished, toolFailed } = record;
  if (toolFinished?.outcome.kind === 'output') {
    return { kind: 'output', value: await recorder.recall(toolFinished.outcome.output) };
  }
  if (toolFailed !== undefined) {
    const { message, retryable, not_done: notDone } = toolFailed;
    return { kind: 'failure', message, retryable, notDone };
  }
  if (toolFinished !== undefined) return callAgainWithAnswers(context, call);
  if (toolStarted !== undefined) {
    const args = (await recorder.recall(toolStarted.args)) as JsonObject;
    if (toolStarted.effect === 'once') return settleUnknownOutcome(context, { ...call, args });
    // Reading or repeating does no harm; the recorded arguments and key make it the same call.
    return act(context, { ...call, args }, toolStarted.facts ?? {});
  }
  return (await earlierResult(context, call)) ?? begin(context, call);
}

async function begin(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const consent = await askConsent(context, call);
  return consent.ok ? act(context, call, consent.facts) : { kind: 'stop', stop: consent.stop };
}

/** What an earlier attempt of the step already did with the same tool and arguments is not done again. */
async function earlierResult(context: StepContext, call: ToolCall): Promise<CallOutcome | undefined> {
  const { recorder, path, attempt } = context;
  if (attempt === 1 || call.tool.effect === 'read') return undefined;
  const wanted = digestValue(call.args);
  for (const { toolStarted, toolFinished, toolFailed } of recorder.effectsOfPath(path)) {
    if (toolStarted === undefined || toolStarted.tool_id !== call.tool.id) continue;
    if (digestValue(await recorder.recall(toolStarted.args)) !== wanted) continue;
    if (toolFinished?.outcome.kind === 'output') {
      return { kind: 'output', value: await recorder.recall(toolFinished.outcome.output) };
    }
    // It may have acted before it failed; only a person can know.
    if (toolStarted.effect === 'once' && toolFailed?.not_done === false) return settleUnknownOutcome(context, call);
  }
  return undefined;
}

/** Asks what became of a call that was begun and has no result, and goes on from the answer. */
async function settleUnknownOutcome(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { tool, args } = call;
  const { starts } = context.recorder.effect(call.key);
  const asked = await call.ask(`outcome:${starts}`, [
    {
      category: 'Multiple Choice',
      user_guidance:
        `The call of ${tool.id} was begun, but how it ended is not recorded. Look whether it took effect: ` +
        'happened (it did), not_done (it did not, make it now) or stop (end the run).',
      argument_name: 'outcome',
      options: ['happened', 'not_done', 'stop'],
      unknown_outcome: true,
      tool_id: tool.id,
      args,
      source: 'portia',
    },
  ]);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  const response = asked.answers[0]?.response;
  if (response === 'not_done') {
    // Consent for this very call was given before it was begun the first time.
    const { toolStarted } = context.recorder.effect(call.key);
    return toolStarted === undefined ? begin(context, call) : act(context, call, toolStarted.facts ?? {});
  }
  if (response === 'happened') return recordWhatHappened(context, call);
  return declined(context, `A person ended the run because the outcome of ${tool.id} is not known.`);
}

async function recordWhatHappened(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { recorder, path } = context;
  const { starts } = recorder.effect(call.key);
  const asked = await call.ask(`result:${starts}`, [
    {
      category: 'Input',
      user_guidance: `What did ${call.tool.id} return? Later steps use it as its result.`,
      argument_name: 'result',
      source: 'portia',
    },
  ]);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  const value = asked.answers[0]?.response ?? null;
  const output = await recorder.record(path, value);
  await recorder.appendDurably({
    type: 'tool.finished',
    key: call.key,
    path,
    tool_id: call.tool.id,
    outcome: { kind: 'output', output },
    ms: 0,
  });
  return { kind: 'output', value };
}

/** The call asked and is answered: it is made with the answers in its arguments. */
async function callAgainWithAnswers(context: StepContext, call: ToolCall): Promise<CallOutcome> {
  const { recorder } = context;
  const started = recorder.effect(call.key).toolStarted;
  const asked = await call.ask(`ask:${recorder.effect(call.key).starts}`, []);
  if (!asked.ok) return { kind: 'stop', stop: asked.stop };
  const before = started === undefined ? call.args : ((await recorder.recall(started.args)) as JsonObject);
  const answered = applyAnswers(before, asked.answers);
  if (answered === undefined) return declined(context, `A person said no to ${call.tool.id}.`);
  const parsed = call.tool.parseArguments(answered);
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ argument, message }) => `${argument}: ${message}`).join('; ');
    return {
      kind: 'failure',
      message: `The answered arguments do not fit: ${problems}`,
      retryable: false,
      notDone: true,
    };
  }
  return begin(context, { ...call, args: parsed.args });
}

/** The arguments with the answers filled in; undefined when a person said no. */
function applyAnswers(args: JsonObject, answers: Clarification[]): JsonObject | undefined {
  let result: JsonObject = { ...args };
  for (const answer of answers) {
    switch (answer.category) {
      case 'User Verification':
        if (answer.response !== true) return undefined;
        if (answer.args !== undefined) result = { ...answer.args };
        break;
      case 'Value Confirmation':
        if (answer.response === false) return undefined;
        result[answer.argument_name] = answer.response === true ? (answer.value ?? null) : answer.response;
        break;
      case 'Input':
      case 'Multiple Choice':
        result[answer.argument_name] = answer.response;
        break;
      default:
        break;
    }
  }
  return result;
}

async function act(context: StepContext, call: ToolCall, facts: JsonObject): Promise<CallOutcome> {
  const { recorder, path } = context;
  const { tool, args, key } = call;
  await recorder.appendIntent({
    type: 'tool.started',
    key,
    path,
    tool_id: tool.id,
    effect: tool.effect,
    args: await recorder.record(path, args),
    idempotency_key: idempotencyKey(context, call),
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
  });
  const clock = startClock();
  const result = await runTool(context, call, facts);
  const event = { key, path, tool_id: tool.id, ms: clock() };
  switch (result.kind) {
    case 'unknown':
      return settleUnknownOutcome(context, call);
    case 'failure': {
      const { message, retryable } = result;
      const notDone = result.notDone ?? false;
      await recorder.appendDurably({ type: 'tool.failed', ...event, message, retryable, not_done: notDone });
      return { kind: 'failure', message, retryable, notDone };
    }
    case 'clarifications': {
      recorder.append({ type: 'tool.finished', ...event, outcome: { kind: 'clarifications' } });
      const { starts } = recorder.effect(key);
      const asked = await call.ask(`ask:${starts}`, result.clarifications);
      return asked.ok ? callAgainWithAnswers(context, call) : { kind: 'stop', stop: asked.stop };
    }
    case 'output': {
      const output = await recorder.record(path, result.value);
      const { summary, created } = result;
      await recorder.appendDurably({
        type: 'tool.finished',
        ...event,
        outcome: { kind: 'output', output, ...(summary && { summary }), ...(created && { created }) },
      });
      return { kind: 'output', value: result.value };
    }
  }
}

type RunResult = ToolResult | { kind: 'unknown' };

/** Runs the tool with a deadline. A `once` tool that throws or does not end leaves an unknown outcome. */
async function runTool(context: StepContext, call: ToolCall, facts: JsonObject): Promise<RunResult> {
  const { tool, args } = call;
  const timeoutMs = tool.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  const answers = context.recorder.run.outputs.clarifications.filter(
    (clarification) => clarification.resolved && clarification.key?.startsWith(`${call.key}:ask`),
  );
  const running = Promise.resolve().then(() =>
    tool.run(
      {
        runId: context.recorder.run.id,
        stepPath: context.path,
        endUserId: context.recorder.run.end_user_id,
        answers,
        idempotencyKey: idempotencyKey(context, call),
        facts,
        signal,
        environment: context.services.environment,
      },
      args,
    ),
  );
  try {
    const result = await Promise.race([running, endOf(signal)]);
    if (result.kind !== 'ended') return result;
  } catch (error) {
    if (!signal.aborted) return outcomeOfThrow(tool, messageOf(error));
  }
  const interruption = interruptionOf(context.runSignal);
  if (interruption === undefined) return outcomeOfThrow(tool, `${tool.id} took longer than its time`);
  const late = await Promise.race([running.catch(() => undefined), pauseFor(GRACE_MS)]);
  if (late === undefined) throw interruption;
  return late;
}

function outcomeOfThrow(tool: Tool, message: string): RunResult {
  return tool.effect === 'once' ? { kind: 'unknown' } : { kind: 'failure', message, retryable: true };
}

function endOf(signal: AbortSignal): Promise<{ kind: 'ended' }> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ kind: 'ended' });
    else signal.addEventListener('abort', () => resolve({ kind: 'ended' }), { once: true });
  });
}

function pauseFor(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}

/** The same for every repetition of the call, in whatever attempt. */
function idempotencyKey(context: StepContext, call: ToolCall): string {
  const { id } = context.recorder.run;
  return digestText([id, context.path, call.tool.id, digestValue(call.args), call.ordinal].join('\n')).slice(0, 32);
}

export function declined(context: { path: string }, message: string): CallOutcome & { kind: 'stop' } {
  return { kind: 'stop', stop: failed(context, { code: 'declined', message, retryable: false }) };
}
