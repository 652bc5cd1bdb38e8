import { cutText } from '../domain/values/cut-text.js';
import { isJsonObject } from '../domain/values/json.js';
import type { ToolProgress } from './tool.js';

/** Nobody reads more in a moving line. */
const MOST_CHARACTERS = 1_000;

/** What code of others reports of its progress, without what is no part of a report. */
export function readProgress(report: unknown): ToolProgress {
  if (typeof report === 'string') return cutText(report, MOST_CHARACTERS);
  const { done, total, message } = isJsonObject(report) ? report : {};
  return {
    ...(isCount(done) && { done }),
    ...(isCount(total) && { total }),
    ...(typeof message === 'string' && { message: cutText(message, MOST_CHARACTERS) }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
