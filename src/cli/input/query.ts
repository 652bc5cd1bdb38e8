import { advice, type Advice, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { fillPlaceholders } from '../../domain/values/placeholders.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import type { Session } from '../session/session.js';

const MAX_LENGTH = 1_000_000;

/** Words of a person, as messages speak of them. */
interface Wanted {
  noun: string;
  /** What it is for. */
  why: string;
  fix: Advice;
}

const QUERY: Wanted = {
  noun: 'request',
  why: 'A plan is made from a request in words.',
  fix: portiaTyped('run', '"add 1 + 2"'),
};
const HINT: Wanted = {
  noun: 'hint',
  why: 'A plan is changed as a hint says, in words.',
  fix: portiaTyped('refine', 'last "only after 14:00"'),
};

/** The request: the argument, `@file`, or standard input when there is no argument. */
export async function readQuery(session: Session, parameter: string | undefined): Promise<string> {
  return readWords(session, parameter, QUERY);
}

/**
 * The request with the inputs of the command line in its placeholders, when it is from a file. Rejects with a PortiaError
 * `missing-input` for a placeholder that no input fills.
 */
export function fillQuery(
  query: string,
  { parameter, inputs }: { parameter: string | undefined; inputs: Readonly<Record<string, Json>> },
): string {
  if (!isFile(parameter)) return query;
  const { text, missing } = fillPlaceholders(query, inputs);
  if (missing.length === 0) return usable(text, QUERY);
  const file = parameter.slice(1);
  const one = missing.length === 1;
  throw new PortiaError(
    'missing-input',
    `${file} needs ${one ? 'an input that is' : `${missing.length} inputs that are`} not given: ${missing.join(', ')}.`,
    {
      why: `${missing.map((name) => `{${name}}`).join(', ')} of a request in a file ${one ? 'is' : 'are'} filled from the inputs.`,
      fix: advice`${missing.map((name) => `-i ${name}=…`).join(' ')}\nTo send the braces as they are: ${portiaTyped('run', `- < ${shellQuote(file)}`)}`,
    },
  );
}

/** What to change in a plan, in the same forms. */
export async function readHint(session: Session, parameter: string | undefined): Promise<string> {
  return readWords(session, parameter, HINT);
}

async function readWords(session: Session, parameter: string | undefined, wanted: Wanted): Promise<string> {
  const isPiped = parameter === undefined || parameter === '-' || parameter === '@-';
  const words = isPiped ? await fromStdin(session, wanted) : await fromParameter(session, parameter);
  return usable(words, wanted);
}

function usable(words: string, wanted: Wanted): string {
  if (words.trim() === '') throw nothingSaid(`The ${wanted.noun} is empty.`, wanted);
  if (words.length > MAX_LENGTH) {
    throw new PortiaError('usage', `The ${wanted.noun} has more than ${MAX_LENGTH} characters.`, {
      why: `A ${wanted.noun} says what to do; data belongs into a plan input.`,
      fix: portiaTyped('run', '"summarise the text" -i text=@big.txt'),
    });
  }
  return words.trim();
}

async function fromStdin(session: Session, wanted: Wanted): Promise<string> {
  if (session.io.streams.in.isTerminal) throw nothingSaid(`There is no ${wanted.noun}.`, wanted);
  return session.readText('-');
}

async function fromParameter(session: Session, parameter: string): Promise<string> {
  return isFile(parameter) ? session.readText(parameter.slice(1)) : parameter;
}

function isFile(parameter: string | undefined): parameter is `@${string}` {
  return parameter !== undefined && parameter.startsWith('@') && parameter !== '@-';
}

function nothingSaid(what: string, { why, fix }: Wanted): PortiaError {
  return new PortiaError('usage', what, { why, fix });
}
