import { PortiaError } from '../../domain/errors.js';
import { durationMs } from '../../domain/values/duration.js';
import type { Limits } from '../../executor/budget.js';
import type { LimitOptions } from './options.js';

/** What a run may use up, as the flags say. Throws a PortiaError `usage` that names the flag. */
export function readLimits(flags: Partial<LimitOptions>): Limits {
  return {
    steps: wholeNumber(flags.maxSteps, '--max-steps 100'),
    modelCalls: wholeNumber(flags.maxModelCalls, '--max-model-calls 20'),
    tokens: wholeNumber(flags.maxTokens, '--max-tokens 100000'),
    cost: amount(flags.maxCost, '--max-cost 0.50'),
    timeMs: readDuration(flags.timeout, '--timeout 90s'),
  };
}

function wholeNumber(text: string | undefined, example: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw refused(text, example, 'It takes a whole number from 1, of at most 15 digits.');
}

function amount(text: string | undefined, example: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw refused(text, example, 'It takes an amount of US dollars above 0.');
}

/** Milliseconds of a flag. Throws a PortiaError `usage` that names it, as the example spells it. */
export function readDuration(text: string | undefined, example: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw refused(text, example, 'It takes a number with ms, s, m, h or d.');
}

function refused(text: string, example: string, why: string): PortiaError {
  const [flag = ''] = example.split(' ');
  return new PortiaError('usage', `${flag} ${JSON.stringify(text)} is not understood.`, { why, fix: example });
}
