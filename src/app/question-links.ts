import { createHmac, timingSafeEqual } from 'node:crypto';

import { isRunId, type RunId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';

/** What a link lets one person do: answer one question, until then. */
export interface QuestionLink {
  run: RunId;
  question: string;
  /** The person whom it was made for. */
  name: string;
  /** ISO 8601, UTC. */
  until: string;
}

/** What is known of a link that came. */
export type ReadLink = { kind: 'good' | 'expired'; link: QuestionLink } | { kind: 'forged' };

/** Signs a link. It is used up by the answer: a question is answered once. */
export function signLink(link: QuestionLink, key: string): string {
  const { run, question, name, until } = link;
  const text = Buffer.from(JSON.stringify([run, question, name, until])).toString('base64url');
  return `${text}.${signature(text, key)}`;
}

/** Reads a link. Believes it only when it was signed with this key. */
export function readLink(token: string, key: string, now: Date): ReadLink {
  const [text = '', given = '', ...more] = token.split('.');
  const [wanted, sent] = [Buffer.from(signature(text, key)), Buffer.from(given)];
  const isSigned = more.length === 0 && sent.length === wanted.length && timingSafeEqual(sent, wanted);
  const link = isSigned ? linkIn(Buffer.from(text, 'base64url').toString()) : undefined;
  if (link === undefined) return { kind: 'forged' };
  return { kind: Date.parse(link.until) > now.getTime() ? 'good' : 'expired', link };
}

function linkIn(text: string): QuestionLink | undefined {
  const value = jsonOf(text);
  if (!Array.isArray(value) || isJsonObject(value)) return undefined;
  const [run, question, name, until] = value;
  if (!isRunId(run) || typeof question !== 'string' || typeof name !== 'string' || typeof until !== 'string') {
    return undefined;
  }
  return { run, question, name, until };
}

function signature(text: string, key: string): string {
  return createHmac('sha256', key).update(`portia link\n${text}`).digest('base64url');
}
