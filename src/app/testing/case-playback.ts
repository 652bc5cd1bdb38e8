import type { CallLine, ToolLine } from '../../domain/testing/test-file-schema.js';
import { ExpressionError } from '../../domain/expressions/expression-error.js';
import type { ClarificationRequest } from '../../domain/run/clarification.js';
import type { Json, JsonObject } from '../../domain/values/json.js';
import { NotPlayed } from '../../executor/not-played.js';
import type { Playback, PlayedResult, PlayedToolCall } from '../../executor/playback.js';
import type { ExecutorServices } from '../../executor/services.js';
import { REAL_TOOLS } from './case-tools.js';

/** A call that no line answers. */
export interface MissedCall {
  kind: 'tool' | 'model';
  /** Of the tool. */
  name?: string | undefined;
  step?: string | undefined;
  /** The arguments, or the text of the request. */
  content: Json;
  /** Why no line answers it, as a sentence. */
  why: string;
}

/** Answers calls of tools by the lines of a case; models answer for themselves. */
export class CasePlayback implements Playback {
  readonly #lines: Readonly<Record<string, ToolLine | 'real'>>;
  readonly #evaluate: ExecutorServices['evaluate'];
  readonly #clock: string;
  readonly #missed: (call: MissedCall) => void;
  readonly #used = new Set<CallLine | ToolLine>();

  constructor(
    lines: Readonly<Record<string, ToolLine | 'real'>>,
    parts: { evaluate: ExecutorServices['evaluate']; clock: string; missed(call: MissedCall): void },
  ) {
    this.#lines = lines;
    this.#evaluate = parts.evaluate;
    this.#clock = parts.clock;
    this.#missed = parts.missed;
  }

  async model(): Promise<undefined> {
    return undefined;
  }

  async hook(): Promise<undefined> {
    return undefined;
  }

  until(): undefined {
    return undefined;
  }

  async tool(call: PlayedToolCall): Promise<PlayedResult | undefined> {
    const { id } = call.tool;
    const line = Object.hasOwn(this.#lines, id) ? this.#lines[id] : undefined;
    if (line === 'real' || (line === undefined && REAL_TOOLS.has(id))) return undefined;
    if (line === undefined) return this.#miss(call, `No line of the test says what ${id} gives.`);
    if (line.calls === undefined) {
      this.#used.add(line);
      return { result: resultOf(line, call) };
    }
    for (const each of line.calls) {
      const isFor = await this.#fits(each, call.args);
      // Another call may have taken it meanwhile.
      if (!isFor || this.#used.has(each)) continue;
      this.#used.add(each);
      return { result: resultOf(each, call) };
    }
    const left = line.calls.filter((each) => !this.#used.has(each));
    return this.#miss(
      call,
      left.length === 0
        ? `The lines of ${id} are used up: ${line.calls.length}.`
        : `No line of ${id} is for these arguments: ${left.map(({ when }) => when).join('; ')}.`,
    );
  }

  /** Ids of tools with how many of their lines were not used. */
  unused(): [string, number][] {
    return Object.entries(this.#lines).flatMap(([id, line]): [string, number][] => {
      if (line === 'real') return [];
      const left = (line.calls ?? [line]).filter((each) => !this.#used.has(each)).length;
      return left === 0 ? [] : [[id, left]];
    });
  }

  async #fits({ when }: CallLine, args: JsonObject): Promise<boolean> {
    if (when === undefined) return true;
    try {
      return (await this.#evaluate(when, { args }, { startedAt: this.#clock })) === true;
    } catch (error) {
      // What has no value for these arguments is not about them.
      if (error instanceof ExpressionError) return false;
      throw error;
    }
  }

  #miss({ tool, args, key }: PlayedToolCall, why: string): never {
    this.#missed({ kind: 'tool', name: tool.id, step: key.split('/')[0], content: args, why });
    throw new NotPlayed();
  }
}

function resultOf(
  { returns, fails, retryable, not_done, asks }: CallLine,
  { tool }: PlayedToolCall,
): PlayedResult['result'] {
  if (returns !== undefined) return { kind: 'output', value: structuredClone(returns) };
  if (fails !== undefined)
    return { kind: 'failure', message: fails, retryable: retryable ?? false, notDone: not_done ?? false };
  if (asks !== undefined) return { kind: 'clarifications', clarifications: [questionOf(asks, tool.name)] };
  return { kind: 'unknown', message: 'nothing was heard of it' };
}

function questionOf(asks: NonNullable<CallLine['asks']>, source: string): ClarificationRequest {
  const { argument, question, options } = asks;
  const about = { user_guidance: question, argument_name: argument, source };
  return options === undefined ? { category: 'Input', ...about } : { category: 'Multiple Choice', ...about, options };
}
