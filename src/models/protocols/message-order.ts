import type { ModelImage, ModelMessage, ModelRequest } from '../model.js';

/** Stands for a text that is empty: many servers refuse those. */
export const NO_TEXT = '(no text)';

/** Stands before images that came with results of calls. */
const OF_RESULTS = 'The images of the results above, in their order:';

/**
 * Messages as the strictest servers want them: one system message, at the beginning, with something in it; no empty
 * text; no user message behind another one or right behind the results of calls, where its text is added instead. Only
 * messages of the user have images: those of results follow in one.
 */
export function inOrder(messages: readonly ModelMessage[]): ModelMessage[] {
  const system = messages.filter(({ role, text }) => role === 'system' && text.trim() !== '');
  const ordered: ModelMessage[] = [];
  if (system.length > 0) ordered.push({ role: 'system', text: system.map(({ text }) => text).join('\n\n') });
  for (const message of withImagesOfUser(messages)) {
    const last = ordered.at(-1);
    if (message.role === 'system') continue;
    const joined = message.role === 'user' && last !== undefined ? joinedTo(last, message) : undefined;
    if (joined !== undefined) ordered[ordered.length - 1] = joined;
    else ordered.push(withText(message));
  }
  return ordered;
}

type OfUser = Extract<ModelMessage, { role: 'user' }>;

/** The last message with the user's words added; undefined when they need a message of their own. */
function joinedTo(last: ModelMessage, { text, images = [] }: OfUser): ModelMessage | undefined {
  const joined = `${last.text}\n\n${text}`;
  if (last.role !== 'user') return last.role === 'tool' && images.length === 0 ? { ...last, text: joined } : undefined;
  const all = [...(last.images ?? []), ...images];
  return { ...last, text: joined, ...(all.length > 0 && { images: all }) };
}

/** The images of results in a message of the user, behind all results of their turn. */
function withImagesOfUser(messages: readonly ModelMessage[]): ModelMessage[] {
  const moved: ModelMessage[] = [];
  let waiting: ModelImage[] = [];
  for (const message of [...messages, undefined]) {
    if (message?.role === 'tool') {
      const { images = [], ...result } = message;
      waiting.push(...images);
      moved.push(result);
      continue;
    }
    if (waiting.length > 0) moved.push({ role: 'user', text: OF_RESULTS, images: waiting });
    waiting = [];
    if (message !== undefined) moved.push(message);
  }
  return moved;
}

/** Whether a message of the request shows an image. */
export function hasImages({ messages }: Pick<ModelRequest, 'messages'>): boolean {
  return messages.some((message) => 'images' in message && (message.images ?? []).length > 0);
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
