import type { ModelMessage } from '../model.js';

/** Stands for a text that is empty: many servers refuse those. */
export const NO_TEXT = '(no text)';

/**
 * Messages as the strictest servers want them: one system message, at the beginning, with something in it; no empty
 * text; no user message behind another one or right behind the results of calls, where its text is added instead.
 */
export function inOrder(messages: readonly ModelMessage[]): ModelMessage[] {
  const system = messages.filter(({ role, text }) => role === 'system' && text.trim() !== '');
  const ordered: ModelMessage[] = [];
  if (system.length > 0) ordered.push({ role: 'system', text: system.map(({ text }) => text).join('\n\n') });
  for (const message of messages) {
    const last = ordered.at(-1);
    if (message.role === 'system') continue;
    const isAdded = message.role === 'user' && (last?.role === 'user' || last?.role === 'tool');
    if (isAdded) ordered[ordered.length - 1] = { ...last, text: `${last.text}\n\n${message.text}` };
    else ordered.push(withText(message));
  }
  return ordered;
}

/** The messages with a further text in the system message, which many local models accept only once and at the beginning. */
export function withInstruction(messages: readonly ModelMessage[], text: string): ModelMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', text }, ...messages];
  return [{ role: 'system', text: `${first.text}\n\n${text}` }, ...rest];
}

function withText(message: ModelMessage): ModelMessage {
  const isCalling = message.role === 'assistant' && (message.toolCalls ?? []).length > 0;
  return message.text.trim() === '' && !isCalling ? { ...message, text: NO_TEXT } : message;
}
