import type { Difference, PlayedCall } from '../../domain/recording/differences.js';
import { ASKED_IN_VAIN, placeInside } from '../../domain/recording/calls-of-run.js';
import type { ModelEnd, RecordedModel, RecordedTool, ToolEnd } from '../../domain/recording/recorded-call.js';
import type { Shelf, Found, Note } from '../../domain/recording/shelf.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import { recordedFailure } from '../../executor/model-call.js';
import { NotPlayed, StepIsLate } from '../../executor/not-played.js';
import type {
  Playback,
  PlayedModelCall,
  PlayedPlace,
  PlayedReply,
  PlayedResult,
  PlayedToolCall,
} from '../../executor/playback.js';
import { BrokenReply } from '../../models/model.js';
import type { GivenWithTurn, ModelToolCall } from '../../models/model.js';

/** Gives a run what is on the shelf, and notes what is not there. */
export class RecordedPlayback implements Playback {
  readonly differences: Difference[] = [];
  /** How often a call was given that is not as it was recorded, without changing what it is about. */
  readonly notes: Record<Note, number> = { moved: 0, wording: 0, model: 0 };
  /** Nothing more is given: a call is not as it was recorded, or the recording stops in it. */
  hasEnded = false;
  readonly #isOpenEnded: boolean;
  readonly #shelf: Shelf;
  readonly #prefixes = new Map<RunId, string>();
  readonly #questions = new Map<string, string>();

  /** `isOpenEnded`: the run was stopped where more was to come. */
  constructor(shelf: Shelf, isOpenEnded: boolean) {
    this.#shelf = shelf;
    this.#isOpenEnded = isOpenEnded;
  }

  /** Must be told every event: it says where runs are that are inside others, and where questions are asked. */
  listen(event: RunEvent): void {
    if (event.type === 'clarification.raised') {
      const { id, key = '' } = event.clarification;
      // That of a run inside is raised there first, and then around it.
      if (!this.#questions.has(id)) this.#questions.set(id, this.placeOf({ runId: event.run_id, key }));
    }
    if (event.type !== 'step.started' || event.sub_run === undefined) return;
    this.#prefixes.set(event.sub_run, `${this.#prefixOf(event.run_id)}${placeInside(event.path)}`);
  }

  async model(call: PlayedModelCall): Promise<PlayedReply> {
    const at = this.placeOf(call);
    const { asked, digest: wording } = call;
    const found = this.#shelf.takeModel({ at, model: call.model, asked, wording });
    const now: PlayedCall = { kind: 'model', at, name: call.model, content: call.request };
    const { end } = this.#given(found, now);
    return replyOf(end);
  }

  async tool(call: PlayedToolCall): Promise<PlayedResult> {
    const at = this.placeOf(call);
    const { tool, args } = call;
    const found = this.#shelf.takeTool({ at, tool: tool.id, args });
    const { end, usage } = this.#given(found, { kind: 'tool', at, name: tool.id, content: args });
    return { result: resultOf(end), ...(usage && { usage }) };
  }

  async hook(call: PlayedPlace & { hook: Parameters<Shelf['takeHook']>[0]['hook'] }): Promise<Json | undefined> {
    const found = this.#shelf.takeHook({ at: this.placeOf(call), hook: call.hook });
    if (found?.error !== undefined) throw recordedFailure(found.error);
    return found?.reply;
  }

  until(place: PlayedPlace): string | undefined {
    return this.#shelf.untilOf(this.placeOf(place));
  }

  placeOf({ runId, key }: PlayedPlace): string {
    return `${this.#prefixOf(runId)}${key}`;
  }

  placeOfQuestion(id: string): string {
    return this.#questions.get(id) ?? '';
  }

  unused(): ReturnType<Shelf['unused']> {
    return this.#shelf.unused();
  }

  #prefixOf(id: RunId): string {
    return this.#prefixes.get(id) ?? '';
  }

  #given<Call extends RecordedModel | RecordedTool>(found: Found<Call>, now: PlayedCall): Call {
    if (found.kind === 'given') {
      for (const note of found.notes) this.notes[note] += 1;
      return found.call;
    }
    this.hasEnded = true;
    const isBeyond = this.#isOpenEnded && found.kind !== 'differs' && this.#shelf.unused().length === 0;
    if (found.kind !== 'ended' && !isBeyond) this.differences.push(differenceOf(found, now));
    throw new NotPlayed();
  }
}

type Missed = Exclude<Found<RecordedModel | RecordedTool>, { kind: 'given' } | { kind: 'ended' }>;

function differenceOf(found: Missed, now: PlayedCall): Difference {
  switch (found.kind) {
    case 'differs':
      return { kind: 'call changed', now, before: found.call, parts: found.parts };
    case 'used':
      return { kind: 'call new', now, used: found.call };
    case 'unknown':
      return { kind: 'call new', now, nearest: found.nearest };
  }
}

function replyOf(end: ModelEnd | undefined): PlayedReply {
  if (end === undefined) throw new NotPlayed();
  if (end.kind === 'failure') throw failureOf(end);
  if (end.kind === 'late') throw new StepIsLate();
  const { text, toolCalls, value, given, usage } = end;
  return {
    reply: {
      text,
      toolCalls: toolCalls as unknown as ModelToolCall[],
      usage,
      ...(given !== undefined && { given: given as unknown as GivenWithTurn }),
    },
    ...(value !== undefined && { value }),
  };
}

function failureOf({ error, usage, broken }: Extract<ModelEnd, { kind: 'failure' }>): Error {
  const { message, why, fix, retryable } = error;
  if (broken !== true) return recordedFailure(error);
  // Each broken reply was asked for again by itself, and counted in its words.
  const details = { why: why?.replace(ASKED_IN_VAIN, ''), fix, retryable, usage };
  return new BrokenReply(message, details);
}

function resultOf(end: ToolEnd | undefined): PlayedResult['result'] {
  if (end === undefined) return { kind: 'unknown', message: 'nothing was heard of it' };
  switch (end.kind) {
    case 'output':
      return { kind: 'output', value: end.value };
    case 'too-large':
      return end;
    case 'late':
      throw new StepIsLate();
    case 'clarifications': {
      const { clarifications, kept, may_have_acted: mayHaveActed } = end;
      return {
        kind: 'clarifications',
        clarifications,
        ...(kept !== undefined && { kept }),
        ...(mayHaveActed && { mayHaveActed }),
      };
    }
    case 'failure': {
      const { message, retryable, not_done: notDone, unavailable } = end;
      return { kind: 'failure', message, retryable, notDone, ...(unavailable && { unavailable }) };
    }
  }
}
