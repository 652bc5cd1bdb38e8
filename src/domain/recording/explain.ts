import { asText, isJsonObject, type Json } from '../values/json.js';
import { valueChanges, type ValueChange } from '../values/json-changes.js';
import type { Difference } from './differences.js';
import type { RecordedModel, RecordedTool } from './recorded-call.js';

/** Why a call was not given: what it is compared with, and how they differ. */
export interface Miss {
  /** The recorded call that it is compared with. */
  nearest?: RecordedModel | RecordedTool | undefined;
  /** Whether that one was given already. */
  isUsed: boolean;
  /** Of arguments: each place that differs. */
  changes: ValueChange[];
  /** Of requests: their texts, where both are known. */
  texts?: { before: string; now: string } | undefined;
}

type MissedCall = Extract<Difference, { kind: 'call changed' | 'call new' }>;

export function explainMiss(difference: MissedCall): Miss {
  const { now } = difference;
  const isUsed = difference.kind === 'call new' && difference.used !== undefined;
  const nearest = difference.kind === 'call changed' ? difference.before : (difference.used ?? difference.nearest);
  if (nearest === undefined) return { isUsed, changes: [] };
  if (nearest.kind === 'tool') return { nearest, isUsed, changes: valueChanges(nearest.args, now.content) };
  const texts =
    nearest.request === undefined ? undefined : { before: textOf(nearest.request), now: textOf(now.content) };
  return { nearest, isUsed, changes: [], ...(texts && { texts }) };
}

/** The messages of a request, one below the other. */
export function textOf(request: Json): string {
  const messages = isJsonObject(request) ? request['messages'] : undefined;
  if (!Array.isArray(messages)) return '';
  return messages.map(messageText).join('\n');
}

function messageText(message: Json): string {
  if (!isJsonObject(message)) return '';
  const { text, toolCalls } = message;
  const calls = Array.isArray(toolCalls) ? toolCalls.filter(isJsonObject) : [];
  const called = calls.map(({ name = '', arguments: args = '' }) => `${asText(name)} ${asText(args)}`);
  return [...(typeof text === 'string' && text !== '' ? [text] : []), ...called].join('\n');
}

/** The parts of a call that are as they were recorded. */
export function sameParts(difference: MissedCall): string[] {
  if (difference.kind !== 'call changed') return [];
  const { before, parts } = difference;
  const all = before.kind === 'tool' ? Object.keys(before.args) : Object.keys(before.asked ?? {});
  return all.filter((part) => !parts.includes(part));
}
