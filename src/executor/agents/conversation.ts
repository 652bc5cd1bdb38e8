import type { ModelMessage, ModelToolCall } from '../../models/model.js';

/** Characters that what functions returned may take in one request; beyond it the oldest of it is shortened. */
const MAX_RETURNED = 60_000;

/** What a function returned: as it is shown at first, and once it is old. */
interface Returned {
  message: Extract<ModelMessage, { role: 'tool' }>;
  short: string;
}

/** An agent's messages so far. What is sent depends on them only. */
export class Conversation {
  readonly #entries: (Returned | { message: Exclude<ModelMessage, { role: 'tool' }> })[];

  constructor(beginning: { system: string; user: string }) {
    this.#entries = [
      { message: { role: 'system', text: beginning.system } },
      { message: { role: 'user', text: beginning.user } },
    ];
  }

  addReply(text: string, toolCalls: ModelToolCall[]): void {
    this.#entries.push({ message: { role: 'assistant', text, toolCalls } });
  }

  addUser(text: string): void {
    this.#entries.push({ message: { role: 'user', text } });
  }

  addReturned(toolCallId: string, { text, short }: { text: string; short: string }): void {
    this.#entries.push({ message: { role: 'tool', toolCallId, text }, short });
  }

  messages(): ModelMessage[] {
    let characters = 0;
    return this.#entries
      .toReversed()
      .map((entry): ModelMessage => {
        if (!('short' in entry)) return entry.message;
        characters += entry.message.text.length;
        return characters <= MAX_RETURNED ? entry.message : { ...entry.message, text: entry.short };
      })
      .toReversed();
  }
}
