import { type Advice, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
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

/** What to change in a plan, in the same forms. */
export async function readHint(session: Session, parameter: string | undefined): Promise<string> {
  return readWords(session, parameter, HINT);
}

async function readWords(session: Session, parameter: string | undefined, wanted: Wanted): Promise<string> {
  const isPiped = parameter === undefined || parameter === '-';
  const words = isPiped ? await fromStdin(session, wanted) : await fromParameter(session, parameter);
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
  return parameter.startsWith('@') ? session.readText(parameter.slice(1)) : parameter;
}

function nothingSaid(what: string, { why, fix }: Wanted): PortiaError {
  return new PortiaError('usage', what, { why, fix });
}
