import type { Json } from '../../domain/values/json.js';
import { dataIn, PLAIN_MARKS, withMarks, type MarkedText, type Marks } from '../../domain/values/marks.js';
import type { ModelMessage, ModelReply } from '../../models/model.js';
import { CHARACTERS_PER_TOKEN } from '../prompts/fit-values.js';
import { toMessages, type Prompt } from '../prompts/prompt.js';

/** How many characters the results of functions may take in one request; beyond that the oldest are shortened. */
const MAX_RETURNED = 60_000;

/** What an image counts as. */
const CHARACTERS_PER_IMAGE = 6_000;

/** The part of the tokens that a request may have; the rest is for the reply. */
const FOR_REQUEST = 7 / 8;

/** What is left of a part of a value that was read, once it is old. */
export const READ_BEFORE = 'It is not shown any more: read it again when you need it.';

/** The result of a function: as it is shown at first, and once it is old. */
interface Returned {
  toolCallId: string;
  text: MarkedText;
  short: MarkedText;
  /** Shown with the whole text. */
  images: readonly string[];
  /** Portia says in its own words what is wrong with the call. */
  isRefusal: boolean;
}

/** An agent's messages so far. What is sent depends on them, and on the marks of the request. */
export class Conversation {
  readonly #beginning: (marks: Marks, tokens: number | undefined) => Prompt;
  readonly #entries: (Returned | { message: Exclude<ModelMessage, { role: 'tool' }> })[] = [];

  constructor(beginning: (marks: Marks, tokens: number | undefined) => Prompt) {
    this.#beginning = beginning;
  }

  addReply({ text, toolCalls, given }: Pick<ModelReply, 'text' | 'toolCalls' | 'given'>): void {
    this.#entries.push({ message: { role: 'assistant', text, toolCalls, given } });
  }

  addUser(text: string): void {
    this.#entries.push({ message: { role: 'user', text } });
  }

  addReturned(toolCallId: string, told: Pick<Returned, 'text'> & Partial<Returned>): void {
    const { text, short = text, images = [], isRefusal = false } = told;
    this.#entries.push({ toolCallId, text, short, images, isRefusal });
  }

  /** What the model said and was given, without what portia said in between. */
  about(): Json {
    return this.#entries.flatMap((entry): Json[] => {
      if (!('message' in entry)) return entry.isRefusal ? [] : [dataIn(withMarks(entry.text, PLAIN_MARKS))];
      const { message } = entry;
      if (message.role !== 'assistant') return [];
      const calls = message.toolCalls ?? [];
      return [[message.text, ...calls.map((call) => [call.name, call.arguments])]];
    });
  }

  /** `tokens`: for the messages of the request; undefined when they are not known. The newest results are whole. */
  messages(marks: Marks, tokens?: number): ModelMessage[] {
    const beginning = toMessages(this.#beginning(marks, tokens));
    const least = this.#entries.map((entry) => ('message' in entry ? entry.message : shortened(entry, marks)));
    let room = (tokens ?? Infinity) * CHARACTERS_PER_TOKEN * FOR_REQUEST - lengthOf([beginning, least]);
    let returned = 0;
    const later = this.#entries.map((entry, index) => ({ entry, short: least[index] })).toReversed();
    const messages = later.map(({ entry, short }): ModelMessage => {
      if ('message' in entry) return entry.message;
      const { images } = entry;
      const text = withMarks(entry.text, marks);
      returned += text.length + images.length * CHARACTERS_PER_IMAGE;
      room -= lengthOf(text) + images.length * CHARACTERS_PER_IMAGE;
      if (short !== undefined && (returned > MAX_RETURNED || room < 0)) return short;
      return { role: 'tool', toolCallId: entry.toolCallId, text, ...(images.length > 0 && { images }) };
    });
    return [...beginning, ...messages.toReversed()];
  }
}

function shortened({ toolCallId, short }: Returned, marks: Marks): ModelMessage {
  return { role: 'tool', toolCallId, text: withMarks(short, marks) };
}

function lengthOf(messages: unknown): number {
  return JSON.stringify(messages).length;
}
