import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { assertNever, errnoOf, messageOf, PortiaError, type ErrorCode } from '../../../src/domain/errors.js';
import { outputSchema, runSchema } from '../../../src/domain/run/run-schema.js';
import { isFinal, isRetryable, isStored, RUN_STATES, type Run, type RunState } from '../../../src/domain/run/run.js';

const RUN: Run = runSchema.parse({
  id: 'prun-18d9aa91-0066-413f-af32-b979bce89821',
  plan_id: 'plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977',
  current_step_index: 0,
  state: 'NOT_STARTED',
  outputs: { clarifications: [], step_outputs: {}, final_output: null },
  end_user_id: 'u',
  plan_run_inputs: {},
  error: null,
  pause: null,
  steps: [],
  usage: { calls: 0, input_tokens: 0, output_tokens: 0 },
  plan_digest: '',
  metadata: { schema_version: 1, created_at: '', updated_at: '', last_seq: 0, step_count: 1 },
});

function failedWith(code: ErrorCode): Run {
  return { ...RUN, state: 'FAILED', error: { code, message: 'm', step: '0', retryable: false } };
}

describe('how a run can continue', () => {
  test.each<[RunState, boolean]>(RUN_STATES.map((state) => [state, state === 'COMPLETE' || state === 'FAILED']))(
    'when it is %s without an error then whether it is final is %s',
    (state, final) => {
      expect(isFinal({ ...RUN, state })).toBe(final);
      expect(isRetryable({ ...RUN, state })).toBe(false);
    },
  );

  test.each<[ErrorCode, boolean]>([
    ['step-failed', true],
    ['tool-failed', true],
    ['timed-out', true],
    ['expression-failed', true],
    ['expression-endless', true],
    ['declined', false],
  ])('when it failed with %s then whether it can be tried again is %s', (code, retryable) => {
    expect(isRetryable(failedWith(code))).toBe(retryable);
    expect(isFinal(failedWith(code))).toBe(!retryable);
  });

  test('when it is paused with an error then it is neither', () => {
    const paused = { ...failedWith('unavailable'), state: 'IN_PROGRESS' as const };
    expect([isFinal(paused), isRetryable(paused)]).toEqual([false, false]);
  });
});

describe('outputs', () => {
  test.each([
    [{ value: null, summary: null }, false],
    [{ value: { output_name: 'x' } }, false],
    [{ output_name: '$a', plan_run_id: 'prun-1', summary: 's' }, true],
    [{ output_name: '$a', plan_run_id: 'prun-1', summary: 's', digest: 'd', bytes: 3 }, true],
  ])('when one is %j then whether it lies beside the run is %s', (output, stored) => {
    expect(isStored(outputSchema.parse(output))).toBe(stored);
  });

  test.each([{}, { summary: 's' }, { output_name: 'x' }, 'text', null])(
    'when one is %j then it is refused',
    (output) => {
      expect(outputSchema.safeParse(output).success).toBe(false);
    },
  );
});

test.each(readdirSync('runs').filter((name) => name.endsWith('.json')))(
  'when %s of the folder of runs is read then its keys have their order, those of the Python SDK first',
  (name) => {
    const keys = Object.keys(JSON.parse(readFileSync(join('runs', name), 'utf8')) as object);
    expect(keys.slice(0, 5)).toEqual(['id', 'plan_id', 'current_step_index', 'state', 'outputs']);
    expect(keys.filter((key) => key in RUN)).toEqual(Object.keys(RUN).slice(0, keys.length));
  },
);

describe('errors', () => {
  test('when one is made then it has its code, details and cause', () => {
    const cause = new Error('deep');
    const error = new PortiaError('usage', 'What', { why: 'Why', fix: 'Fix', cause });
    expect(error).toMatchObject({
      name: 'PortiaError',
      code: 'usage',
      message: 'What',
      cause,
      details: { why: 'Why', fix: 'Fix' },
    });
    expect(new PortiaError('usage', 'What').details).toEqual({});
  });

  test.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }), undefined],
    [Object.assign(new Error('x'), { code: 5 }), undefined],
    [new PortiaError('usage', 'x'), undefined],
    [{ code: 'ENOENT' }, undefined],
    [undefined, undefined],
  ])('when %o is thrown then its number of the system is %s', (error, code) => {
    expect(errnoOf(error)).toBe(code);
  });

  test.each([
    [new Error('x'), 'x'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [7, '7'],
  ])('when %o is thrown then its message is %s', (error, message) => {
    expect(messageOf(error)).toBe(message);
  });

  test('when a case is not handled then it says which', () => {
    expect(() => assertNever('odd' as never)).toThrow('unhandled case: "odd"');
  });
});
