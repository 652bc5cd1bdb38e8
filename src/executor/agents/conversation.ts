import { withMarks, type MarkedText, type Marks } from '../../domain/values/marks.js';
import type { ModelMessage, ModelReply } from '../../models/model.js';
import { toMessages, type Prompt } from '../prompts/prompt.js';

/** How many characters the results of functions may take in one request; beyond that the oldest are shortened. */
const MAX_RETURNED = 60_000;

/** What an image counts as. */
const CHARACTERS_PER_IMAGE = 6_000;

/** The same for each token that a request may have: half of it, at four characters for each token. */
const RETURNED_PER_TOKEN = 2;

/** The result of a function: as it is shown at first, and once it is old. */
interface Returned {
  toolCallId: string;
  text: MarkedText;
  short: MarkedText;
  /** Shown with the whole text. */
  images: readonly string[];
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

  addReturned(
    toolCallId: string,
    { text, short = text, images = [] }: { text: MarkedText; short?: MarkedText; images?: readonly string[] },
  ): void {
    this.#entries.push({ toolCallId, text, short, images });
  }

  messages(marks: Marks, tokens?: number): ModelMessage[] {
    const most = Math.min(MAX_RETURNED, (tokens ?? Infinity) * RETURNED_PER_TOKEN);
    let characters = 0;
    const later = this.#entries
      .toReversed()
      .map((entry): ModelMessage => {
        if ('message' in entry) return entry.message;
        const { toolCallId, images } = entry;
        const text = withMarks(entry.text, marks);
        characters += text.length + images.length * CHARACTERS_PER_IMAGE;
        if (characters > most) return { role: 'tool', toolCallId, text: withMarks(entry.short, marks) };
        return { role: 'tool', toolCallId, text, ...(images.length > 0 && { images }) };
      })
      .toReversed();
    return [...toMessages(this.#beginning(marks, tokens)), ...later];
  }
}
