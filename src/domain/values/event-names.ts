import { isPrintable, printable } from './printable.js';

/** Characters that the name of an event, and its key, may have at most. */
const MOST_CHARACTERS = 200;

/** What is wrong with the name of an event, as a sentence. */
export function eventProblem(event: string): string | undefined {
  return event === '' ? 'The event has no name.' : textProblem(event, 'The name of an event');
}

/** The same for what the event is about, which may be nothing. */
export function keyProblem(key: string): string | undefined {
  return textProblem(key, 'The key of an event');
}

function textProblem(text: string, what: string): string | undefined {
  if (text.length > MOST_CHARACTERS)
    return `${what} has at most ${MOST_CHARACTERS} characters; this has ${text.length}.`;
  // It is part of a command that people paste.
  if (!isPrintable(text)) return `${what} has no invisible characters; this is ${printable(text)}.`;
  return /\p{Cc}/u.test(text) ? `${what} has no control characters.` : undefined;
}
