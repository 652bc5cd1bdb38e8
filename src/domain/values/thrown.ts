import { cutText } from './cut-text.js';

/** Longer texts are cut: a person reads them, a model pays for them. */
const MOST_CHARACTERS = 2_000;

/** How far causes are followed; they may lead in a circle. */
const MOST_CAUSES = 5;

/** How many of an aggregate's errors are shown. */
const MOST_ERRORS = 5;

/** Where things that are not errors keep their message, the best first. */
const MESSAGE_KEYS = ['message', 'error', 'reason', 'detail'];

/**
 * One text for whatever code of others threw: its message, its causes, and the errors of an aggregate. Never empty, never
 * `[object Object]`, never longer than 2,000 characters, and never throws. `redact` sees the text before it is cut.
 */
export function describeThrown(thrown: unknown, redact: (text: string) => string = (text) => text): string {
  return cutMessage(redact(textOfThrown(thrown)));
}

/** The beginning of a message that may be of any length, and how long it was. */
export function cutMessage(message: string): string {
  if (message.length <= MOST_CHARACTERS) return message;
  const length = message.length.toLocaleString('en-US');
  return `${cutText(message, MOST_CHARACTERS - 39)} (${length} characters in all)`;
}

/** The same of any length. */
export function textOfThrown(thrown: unknown): string {
  try {
    return textOf(thrown, 0) || `${nameOf(thrown)} was thrown, without a message`;
  } catch {
    return 'something was thrown that cannot be read';
  }
}

/** Empty when it says nothing. */
function textOf(thrown: unknown, depth: number): string {
  if (typeof thrown === 'string') return thrown.trim();
  if (thrown === undefined || thrown === null || depth > MOST_CAUSES) return '';
  if (typeof thrown === 'function') return '';
  // oxlint-disable-next-line typescript/no-base-to-string -- No object is left here.
  if (typeof thrown !== 'object') return String(thrown);
  // Our own say why in words; their causes are for developers.
  if (thrown instanceof Error && thrown.name === 'PortiaError') return thrown.message;
  if (Array.isArray(thrown) && thrown.some((item) => item instanceof Error)) return joinNew('', textsOf(thrown, depth));
  const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) ? textsOf(errors, depth) : [];
  return joinNew(ownText(thrown, depth), [textOf(cause, depth + 1), ...inner]);
}

function textsOf(errors: unknown[], depth: number): string[] {
  return errors.slice(0, MOST_ERRORS).map((each) => textOf(each, depth + 1));
}

function ownText(thrown: object, depth: number): string {
  for (const key of MESSAGE_KEYS) {
    const value: unknown = Reflect.get(thrown, key);
    const text = typeof value === 'string' || typeof value === 'object' ? textOf(value, depth + 1) : '';
    if (text !== '') return text;
  }
  const code: unknown = Reflect.get(thrown, 'code');
  if (thrown instanceof Error) return typeof code === 'string' ? code : '';
  const json = JSON.stringify(thrown) ?? '';
  return json === '{}' ? '' : json;
}

/** What an inner text adds: a wrapper often repeats the message of its cause. */
function joinNew(own: string, inner: string[]): string {
  const added: string[] = [];
  for (const text of inner) {
    if (text !== '' && !own.includes(text) && !added.includes(text)) added.push(text);
  }
  return [own, added.join('; ')].filter((text) => text !== '').join(': ');
}

function nameOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.name;
  if (typeof thrown === 'string') return 'an empty text';
  return typeof thrown === 'object' && thrown !== null ? 'an object' : String(thrown).slice(0, 40);
}
