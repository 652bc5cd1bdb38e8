import type { Json } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import type { ModelMessage, ModelRequest, ModelToolCall } from '../models/model.js';
import { aboutInputs } from './about-work.js';
import type { Effects } from './effects.js';
import type { RecordedReply } from './model-call.js';
import type { ModelCall } from './model-question.js';
import { fitValues, roomOfAnswer, roomOfPart, tokensBeside, type Room } from './prompts/fit-values.js';
import { NOTHING_READ, type PartsRead, type ReadPart } from './prompts/part-block.js';
import type { StepInput } from './prompts/value-block.js';
import { MAX_READS, READ_VALUE, readText, readValue, readValueTool, wantedRead } from './read-value.js';
import { fittingValue, keptIn } from './reply-shape.js';

/** What a request for an answer shows of the values. */
export interface ShownParts {
  values: StepInput[];
  read: PartsRead;
  canRead: boolean;
}

/** Characters around a part. */
const MARKS_OF_PART = 100;

/** A question to a model about values. */
interface Question extends Omit<ModelCall, 'request'> {
  values: readonly StepInput[];
  /** Characters of one value. Default: any number. */
  longest?: number;
  write(marks: Marks, shown: ShownParts): ModelMessage[];
}

/**
 * One answer of a model about values: one call, where its window has room for them. Else the largest are described, and
 * it reads parts of them, a call for each of its turns.
 */
export async function askAbout(
  effects: Effects,
  { values, longest = Infinity, write, ...call }: Question,
): Promise<RecordedReply> {
  const reading = new Reading({ values, longest, write });
  for (;;) {
    const reply = await effects.callModel({
      ...call,
      request: (marks, tokens) => reading.request(marks, tokens),
      about: () => ({ inputs: aboutInputs(values), results: reading.about(), ...call.about() }),
    });
    if (reply.value !== undefined) return reply;
    if (reading.take(reply)) continue;
    const value = valueIn(effects, reply, call.shape);
    if (call.shape === undefined || value !== undefined) return { ...reply, ...(value !== undefined && { value }) };
    // It has read enough, and did not answer in the form.
    reading.end();
  }
}

function valueIn(effects: Effects, { text }: RecordedReply, shape: ModelCall['shape']): Json | undefined {
  const fitting = shape && fittingValue(text, shape);
  return fitting && keptIn(effects.context, fitting);
}

class Reading {
  readonly #question: Required<Pick<Question, 'values' | 'longest' | 'write'>>;
  readonly #read: ModelToolCall[] = [];
  #isOver = false;

  constructor(question: Required<Pick<Question, 'values' | 'longest' | 'write'>>) {
    this.#question = question;
  }

  request(marks: Marks, all: number | undefined): ModelRequest {
    const { values, longest, write } = this.#question;
    const nothing = { values: [], read: NOTHING_READ, canRead: true };
    const tokens = all === undefined ? undefined : tokensBeside(all, [write(marks, nothing), readValueTool]);
    const whole = fitValues(values, { ...roomOfAnswer(tokens), longest });
    if (this.#read.length === 0 && !whole.some(({ isDescribed }) => isDescribed === true)) {
      return { messages: write(marks, { values: whole, read: NOTHING_READ, canRead: false }) };
    }
    const room = { ...roomOfAnswer(tokens, true), longest };
    const shown = { values: fitValues(values, room), read: this.#partsRead(room), canRead: !this.#isOver };
    return { messages: write(marks, shown), ...(!this.#isOver && { tools: [readValueTool] }) };
  }

  /** What was read so far. */
  about(): Json {
    return this.#read.map((call) => [call.name, call.arguments]);
  }

  /** Whether the reply wants to read something. */
  take({ toolCalls }: RecordedReply): boolean {
    const calls = toolCalls.filter(({ name }) => name === READ_VALUE);
    if (this.#isOver || calls.length === 0) return false;
    this.#read.push(...calls);
    if (this.#read.length >= MAX_READS) this.end();
    return true;
  }

  /** Nothing more can be read. */
  end(): void {
    this.#isOver = true;
  }

  /** The newest, as far as there is room. */
  #partsRead(room: Room): PartsRead {
    const parts: ReadPart[] = [];
    let left = room.all;
    for (const call of this.#read.toReversed()) {
      const wanted = wantedRead(call);
      const part = {
        what: readText(wanted),
        text: readValue(wanted, this.#question.values, roomOfPart(room)),
      };
      left -= JSON.stringify(part).length + MARKS_OF_PART;
      if (left < 0) break;
      parts.push(part);
    }
    return { parts: parts.toReversed(), leftOut: this.#read.length - parts.length };
  }
}
