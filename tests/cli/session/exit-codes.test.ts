import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  EXIT,
  exitCodeOfError,
  exitCodeOfBatch,
  exitCodeOfRun,
  exitCodeOfSignal,
} from '../../../src/cli/session/exit-codes.js';
import { sectionOf } from '../../../src/ui/page-view.js';
import { ERROR_CODES, type ErrorCode } from '../../../src/domain/errors.js';
import { RUN_STATES } from '../../../src/domain/run/run.js';
import { runOf } from '../../support/view-examples.js';

/** The contract, written out a second time. */
const CODES: Record<ErrorCode, number> = {
  usage: 2,
  'not-found': 2,
  ambiguous: 2,
  unreadable: 2,
  'newer-version': 2,
  'invalid-plan': 2,
  'invalid-input': 2,
  'missing-input': 2,
  'invalid-settings': 2,
  'answer-refused': 2,
  'snapshot-edited': 2,
  'log-edited': 2,
  'plan-missing': 2,
  'run-final': 2,
  'expression-endless': 2,
  unavailable: 3,
  'store-unreachable': 3,
  'rate-limited': 3,
  'no-model': 4,
  'key-rejected': 4,
  'no-plan': 5,
  stale: 6,
  'project-untrusted': 6,
  'consents-unconfirmed': 6,
  'wrong-person': 6,
  'run-locked': 7,
  'approval-needed': 8,
  'signal-needed': 8,
  'budget-reached': 8,
  declined: 9,
  interrupted: 130,
  'storage-failed': 10,
  'step-failed': 1,
  expired: 1,
  'tool-failed': 1,
  'hook-failed': 1,
  'model-reply-unusable': 1,
  'model-refused': 1,
  'expression-failed': 1,
  'timed-out': 3,
  internal: 1,
};

describe('exit codes of errors', () => {
  test.each(ERROR_CODES)('when a command ends with %s then its exit code is the contract, and never 0', (code) => {
    expect(exitCodeOfError(code)).toBe(CODES[code]);
    expect(exitCodeOfError(code)).not.toBe(EXIT.complete);
  });

  test.each(Object.values(EXIT))('when %i is an exit code then help exit-codes tells it', (code) => {
    const page = sectionOf(readFileSync('docs/scripts-and-ci.md', 'utf8'), 'Exit codes');
    expect(page).toMatch(new RegExp(`^\\| ${code} `, 'm'));
  });

  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGWHATEVER', 130],
  ])('when %s ends a run then it exits %i', (signal, code) => {
    expect(exitCodeOfSignal(signal)).toBe(code);
  });
});

const failed = (code: ErrorCode) => ({ error: { code, message: 'x', step: '0', retryable: false } });
const paused = (reason: string) => ({ pause: { reason, next: 'portia resume last' } });

const RUNS: [state: string, fields: object, signal: string | undefined, code: number][] = [
  ['COMPLETE', {}, undefined, 0],
  ['COMPLETE', {}, 'SIGINT', 0],
  ['FAILED', failed('tool-failed'), undefined, 1],
  ['FAILED', failed('declined'), undefined, 9],
  ['FAILED', failed('timed-out'), undefined, 3],
  ['FAILED', {}, undefined, 1],
  ['NEED_CLARIFICATION', paused('clarification'), undefined, 8],
  ['NEED_CLARIFICATION', paused('clarification'), 'SIGTERM', 143],
  ['READY_TO_RESUME', {}, undefined, 8],
  ['READY_TO_RESUME', {}, 'SIGINT', 130],
  ['NOT_STARTED', {}, undefined, 1],
  ['IN_PROGRESS', {}, undefined, 1],
  ['IN_PROGRESS', paused('signal'), 'SIGHUP', 129],
  ['IN_PROGRESS', paused('budget'), undefined, 8],
  ['IN_PROGRESS', paused('approval'), undefined, 8],
  ['IN_PROGRESS', paused('unavailable'), undefined, 3],
  ['IN_PROGRESS', { ...paused('unavailable'), ...failed('rate-limited') }, undefined, 3],
  ['IN_PROGRESS', { ...paused('unavailable'), ...failed('key-rejected') }, undefined, 4],
  ['IN_PROGRESS', { ...paused('unavailable'), ...failed('no-model') }, undefined, 4],
];

describe('exit codes of runs', () => {
  test.each(RUNS)('when a run is %s with %j and signal %s then the command exits %i', (state, fields, signal, code) => {
    expect(exitCodeOfRun(runOf({ state, ...fields }), signal)).toBe(code);
  });

  test('when a state is not COMPLETE then no exit code of it is 0, and every state is tried', () => {
    for (const [state, , , code] of RUNS) expect(code === 0).toBe(state === 'COMPLETE');
    expect(new Set(RUNS.map(([state]) => state))).toEqual(new Set(RUN_STATES));
  });
});

describe('exit codes of batches', () => {
  test.each([
    [[], 0],
    [[0], 0],
    [[0, 1], 1],
    [[0, 2], 1],
    [[9, 8], 1],
    [[6, 3], 1],
    [[0, 8], 8],
    [[3, 8], 8],
    [[0, 3], 3],
    [[4, 0], 4],
    [[1, 10, 8], 10],
    [[1, 10, 130, 8], 130],
    [[0, 143], 143],
  ])('when its lines end with %j then it exits %i', (codes, code) => {
    expect(exitCodeOfBatch(codes)).toBe(code);
  });
});
