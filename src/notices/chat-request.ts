import type { Json } from '../domain/values/json.js';
import type { NoticeMessage } from './notice-port.js';

/** What is posted to a service for one message. */
export interface ChatRequest {
  url: URL;
  body: Json;
}

/** A message as one service takes it, for the address that its user has of it. Throws `NotSent` for another address. */
export type WriteRequest = (message: NoticeMessage, url: URL) => ChatRequest;

/** An @ that begins a word calls somebody: with a word joiner behind it, it does not, and looks the same. */
export function withoutMentions(text: string): string {
  return text.replace(/(?<![\w.+-])@(?=[\w&!])/g, '@\u2060');
}
