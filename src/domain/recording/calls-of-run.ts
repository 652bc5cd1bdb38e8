import type { EventOf, RunEvent } from '../run/events.js';
import type { Clarification } from '../run/clarification.js';
import { isJsonObject, type Json } from '../values/json.js';
import type {
  ModelEnd,
  RecordedAnswer,
  RecordedCall,
  RecordedModel,
  RecordedQuestion,
  RecordedTool,
  ToolEnd,
} from './recorded-call.js';

/** Where a question is asked, however often the call around it was begun: `0/1/1:outcome:2` is `0/1/1:outcome`. */
export function questionPlace(at: string): string {
  return at.replace(/:(ask|approval|outcome|result|secret):\d+/g, ':$1');
}

/** What a place in a run inside the step with this path begins with. */
export function placeInside(path: string): string {
  return `${path}.plan.`;
}

/**
 * Everything from outside that a run got, in the order in which it was asked. All values must stand in the events.
 * `prefix`: what places of the run begin with; empty for the outermost one.
 */
export function callsOfRun(events: Iterable<RunEvent>, prefix: string): RecordedCall[] {
  const reader = new CallsOfRun(prefix);
  for (const event of events) reader.add(event);
  return reader.calls;
}

class CallsOfRun {
  readonly calls: RecordedCall[] = [];
  readonly #prefix: string;
  /** Calls without an end, by their key. */
  readonly #open = new Map<string, RecordedModel | RecordedTool>();
  readonly #questions = new Map<string, RecordedQuestion>();
  readonly #awaited = new Map<string, EventOf<'wait.started'>>();
  /** What models were sent, by its digest: only the first event of each has the text. */
  readonly #requests = new Map<string, Json>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case 'model.started':
        return this.#startModel(event);
      case 'model.finished':
      case 'model.failed':
        return this.#endModel(event);
      case 'tool.started':
        return this.#startTool(event);
      case 'tool.finished':
      case 'tool.failed':
        return this.#endTool(event);
      case 'hook.called':
      case 'hook.changed':
      case 'hook.failed':
        return this.#addHook(event);
      case 'clarification.raised':
        return this.#ask(event.clarification);
      case 'clarification.resolved':
      case 'approval.given':
      case 'clarification.expired':
        return this.#answer(event);
      case 'wait.started':
        return this.#startWait(event);
      case 'signal.received':
        return this.#addSignal(event);
      case 'step.failed':
        return this.#endLate(event);
      case 'step.settled':
        return this.#settle(event);
      default:
        return undefined;
    }
  }

  #startModel(event: EventOf<'model.started'>): void {
    const { key, path, role, purpose, model, asked, request_digest, request, request_tokens: tokens } = event;
    const sent = request && (request.value ?? this.#requests.get(request.digest));
    if (request !== undefined && sent !== undefined) this.#requests.set(request.digest, sent);
    const call: RecordedModel = {
      ...{ kind: 'model', ...this.#place(key, path), role, model, wording: request_digest },
      ...(purpose && { purpose }),
      ...(asked && { asked }),
      ...(tokens !== undefined && { tokens }),
      ...(sent !== undefined && { request: sent }),
    };
    this.#begin(key, call);
  }

  #endModel(event: EventOf<'model.finished' | 'model.failed'>): void {
    const call = this.#take(event.key);
    if (call?.kind === 'model') call.end = modelEnd(event);
  }

  #startTool({ key, path, tool_id: tool, effect, args, facts }: EventOf<'tool.started'>): void {
    const given = valueOf(args);
    const call: RecordedTool = {
      ...{ kind: 'tool', ...this.#place(key, path), tool, effect },
      args: isJsonObject(given) ? given : {},
      ...(facts && { facts }),
    };
    this.#begin(key, call);
  }

  #endTool(event: EventOf<'tool.finished' | 'tool.failed'>): void {
    const call = this.#take(event.key);
    // What a person said that a call gave did not come from the tool.
    if (call?.kind !== 'tool') return;
    call.end = toolEnd(event);
    if (event.usage !== undefined) call.usage = event.usage;
  }

  #addHook(event: EventOf<'hook.called' | 'hook.changed' | 'hook.failed'>): void {
    const { key, path = '', hook } = event;
    const reply = event.type === 'hook.changed' && { reply: valueOf(event.reply) };
    const error = event.type === 'hook.failed' && { error: event.error };
    this.calls.push({ kind: 'hook', ...this.#place(key, path), hook, ...reply, ...error });
  }

  #ask(question: Clarification): void {
    const { id, key = '', path = '' } = question;
    // What became of the call is asked: it came to no end that anybody knows.
    const [call, isAboutEnd] = key.split(':outcome:', 2);
    if (isAboutEnd !== undefined && call !== undefined) this.#open.delete(call);
    const asked: RecordedQuestion = { kind: 'question', ...this.#place(key, path), question, answers: [] };
    this.#questions.set(id, asked);
    // The run inside has it, too.
    if (!path.includes('.plan.')) this.calls.push(asked);
  }

  #answer(event: EventOf<'clarification.resolved' | 'approval.given' | 'clarification.expired'>): void {
    const asked = this.#questions.get(event.id);
    if (asked === undefined) return;
    if (event.type === 'clarification.expired') asked.expired = true;
    else asked.answers.push(answerIn(event));
  }

  #startWait(event: EventOf<'wait.started'>): void {
    const { key, path, until } = event;
    this.#awaited.set(key, event);
    if (until !== undefined) this.calls.push({ kind: 'wait', ...this.#place(key, path), until });
  }

  /** The call that the time of the step ended. */
  #endLate({ path, error }: EventOf<'step.failed'>): void {
    if (error.code !== 'timed-out') return;
    const late = this.calls.findLast((call) => call.path === `${this.#prefix}${path}`);
    if (late?.kind === 'model' || late?.kind === 'tool') late.end = { kind: 'late' };
  }

  #addSignal({ key, path, data }: EventOf<'signal.received'>): void {
    const { event = '', key: about = '' } = this.#awaited.get(key)?.waits_for ?? {};
    this.calls.push({ kind: 'signal', ...this.#place(key, path), event, key: about, data: valueOf(data) });
  }

  #settle({ path, how, value }: EventOf<'step.settled'>): void {
    const given = value !== undefined && { value: valueOf(value) };
    this.calls.push({ kind: 'settled', ...this.#place(path, path), how, ...given });
  }

  #place(key: string, path: string): { at: string; path: string } {
    return { at: `${this.#prefix}${key}`, path: `${this.#prefix}${path}` };
  }

  #begin(key: string, call: RecordedModel | RecordedTool): void {
    this.calls.push(call);
    this.#open.set(key, call);
  }

  #take(key: string): RecordedModel | RecordedTool | undefined {
    const call = this.#open.get(key);
    this.#open.delete(key);
    return call;
  }
}

function valueOf(recorded: { value: Json } | { memory: unknown }): Json {
  return 'value' in recorded ? recorded.value : null;
}

/** The last of several broken replies says so. */
export const ASKED_IN_VAIN = / The model was asked \d+ times\.$/;

function modelEnd(event: EventOf<'model.finished' | 'model.failed'>): ModelEnd {
  if (event.type === 'model.failed') {
    const { error, usage, asked_again: askedAgain, fallback } = event;
    const isBroken = askedAgain === true || ASKED_IN_VAIN.test(error.why ?? '');
    const after = { ...(isBroken && { broken: true as const }), ...(fallback !== undefined && { fallback }) };
    return { kind: 'failure', error, ...(usage && { usage }), ...after };
  }
  const reply = valueOf(event.reply);
  const { text, toolCalls, value, given } = isJsonObject(reply) ? reply : {};
  return {
    kind: 'reply',
    text: typeof text === 'string' ? text : '',
    toolCalls: Array.isArray(toolCalls) ? toolCalls : [],
    ...(value !== undefined && { value }),
    ...(given !== undefined && { given }),
    usage: event.usage,
  };
}

function toolEnd(event: EventOf<'tool.finished' | 'tool.failed'>): ToolEnd {
  if (event.type === 'tool.failed') {
    const { message, retryable, not_done, unavailable } = event;
    return { kind: 'failure', message, retryable, not_done, ...(unavailable && { unavailable }) };
  }
  const { outcome } = event;
  switch (outcome.kind) {
    case 'output':
      return { kind: 'output', value: valueOf(outcome.output) };
    case 'too-large':
      return { kind: 'too-large', digest: outcome.digest, bytes: outcome.bytes };
    case 'clarifications':
      return outcome;
  }
}

function answerIn(event: EventOf<'clarification.resolved' | 'approval.given'>): RecordedAnswer {
  const { response, by } = event;
  const reason = event.type === 'clarification.resolved' ? event.reason : undefined;
  return { response, channel: event.channel, ...(by && { by }), ...(reason !== undefined && { reason }) };
}
