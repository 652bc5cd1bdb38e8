import type { Json } from '../domain/values/json.js';
import type { NoticeMessage } from './notice-port.js';

/** What is posted to a service for one message. */
export interface ChatRequest {
  url: URL;
  body: Json;
}

/** By the names of assignees: their ids at the service, as the settings say them. */
export type People = Readonly<Record<string, string>>;

/** A message as one service takes it, for the address that its user has of it. Throws `NotSent` for another address. */
export type WriteRequest = (message: NoticeMessage, url: URL, people?: People) => ChatRequest;

/** Names of people, those with an id of this form as whoever has that id: the service calls them. */
export function calledBy(
  names: readonly string[],
  people: People,
  { id, write, escape }: { id: RegExp; write: (id: string) => string; escape: (text: string) => string },
): string {
  const called = names.map((name) => {
    const known = Object.hasOwn(people, name) ? people[name] : undefined;
    return known !== undefined && id.test(known) ? write(known) : escape(name);
  });
  return called.join(', ');
}

/** An @ that begins a word calls somebody: with a word joiner behind it, it does not, and looks the same. */
export function withoutMentions(text: string): string {
  return text.replace(/(?<![\w.+-])@(?=[\w&!])/g, '@\u2060');
}
