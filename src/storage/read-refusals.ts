import type { Refusal } from '../domain/run/queue.js';
import { isJsonObject } from '../domain/values/json.js';

/** Refusals as they were kept; what is none is left out, so that a worker tries the run again. */
export function readRefusals(value: unknown): Refusal[] {
  return Array.isArray(value) ? value.filter(isRefusal) : [];
}

function isRefusal(value: unknown): value is Refusal {
  if (!isJsonObject(value)) return false;
  const { tools, seq, at, host, missing, changed } = value;
  const areTexts = [tools, at, host].every((text) => typeof text === 'string');
  return areTexts && typeof seq === 'number' && [missing, changed].every(isTextList);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
