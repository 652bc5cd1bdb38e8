import { PortiaError } from '../domain/errors.js';
import type { Session } from './session.js';

const MAX_QUERY_LENGTH = 1_000_000;

/** The request: the argument, `@file`, or standard input when there is no argument. */
export async function readQuery(session: Session, parameter: string | undefined): Promise<string> {
  const isPiped = parameter === undefined || parameter === '-';
  const query = isPiped ? await fromStdin(session) : await fromParameter(session, parameter);
  if (query.trim() === '') throw noQuery('The request is empty.');
  if (query.length > MAX_QUERY_LENGTH) {
    throw new PortiaError('usage', `The request has more than ${MAX_QUERY_LENGTH} characters.`, {
      why: 'A request says what to do; data belongs into a plan input.',
      fix: 'portia run "summarise the text" -i text=@big.txt',
    });
  }
  return query.trim();
}

async function fromStdin(session: Session): Promise<string> {
  if (session.io.streams.in.isTerminal) throw noQuery('There is no request.');
  return session.readText('-');
}

async function fromParameter(session: Session, parameter: string): Promise<string> {
  return parameter.startsWith('@') ? session.readText(parameter.slice(1)) : parameter;
}

function noQuery(what: string): PortiaError {
  return new PortiaError('usage', what, {
    why: 'A plan is made from a request in words.',
    fix: 'portia run "add 1 + 2"',
  });
}
