import { withMarks, type MarkedText, type Marks } from '../../domain/values/marks.js';
import type { ModelMessage, ModelReply } from '../../models/model.js';
import { toMessages } from '../prompts.js';

/** How many characters the results of functions may take in one request; beyond that the oldest are shortened. */
const MAX_RETURNED = 60_000;

/** The same for each token of the context window: half of the window, at four characters for each token. */
const RETURNED_PER_TOKEN = 2;

/** The result of a function: as it is shown at first, and once it is old. */
interface Returned {
  toolCallId: string;
  text: MarkedText;
  short: MarkedText;
}

/** An agent's messages so far. What is sent depends on them, and on the marks of the request. */
export class Conversation {
  readonly #beginning: (marks: Marks) => { system: string; user: string };
  readonly #entries: (Returned | { message: Exclude<ModelMessage, { role: 'tool' }> })[] = [];

  constructor(beginning: (marks: Marks) => { system: string; user: string }) {
    this.#beginning = beginning;
  }

  addReply({ text, toolCalls, given }: Pick<ModelReply, 'text' | 'toolCalls' | 'given'>): void {
    this.#entries.push({ message: { role: 'assistant', text, toolCalls, given } });
  }

  addUser(text: string): void {
    this.#entries.push({ message: { role: 'user', text } });
  }

  addReturned(toolCallId: string, { text, short = text }: { text: MarkedText; short?: MarkedText }): void {
    this.#entries.push({ toolCallId, text, short });
  }

  messages(marks: Marks, contextWindow = Infinity): ModelMessage[] {
    const most = Math.min(MAX_RETURNED, contextWindow * RETURNED_PER_TOKEN);
    let characters = 0;
    const later = this.#entries
      .toReversed()
      .map((entry): ModelMessage => {
        if ('message' in entry) return entry.message;
        const { toolCallId } = entry;
        const text = withMarks(entry.text, marks);
        characters += text.length;
        return { role: 'tool', toolCallId, text: characters <= most ? text : withMarks(entry.short, marks) };
      })
      .toReversed();
    return [...toMessages(this.#beginning(marks)), ...later];
  }
}
