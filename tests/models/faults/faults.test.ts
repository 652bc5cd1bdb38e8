import { expect, test } from 'vitest';

import { decideRetry, type Fault } from '../../../src/models/faults/faults.js';

const now = new Date('2026-01-01T00:00:00Z');
const network = (code: string): Fault => ({
  kind: 'network',
  error: new Error('outer', { cause: Object.assign(new Error('inner'), { code }) }),
});

const waits: [Fault, number, number, number | undefined][] = [
  [network('ECONNRESET'), 1, 0.999, 499],
  [network('ECONNRESET'), 4, 0.5, 2000],
  [network('ECONNRESET'), 50, 0.5, 4000],
  [network('ECONNRESET'), 1, 0, 0],
  [{ kind: 'stalled', idleMs: 1 }, 1, 0.5, 250],
  [{ kind: 'too-long', maxBytes: 1 }, 1, 0.5, undefined],
  [network('DEPTH_ZERO_SELF_SIGNED_CERT'), 1, 0.5, undefined],
  [network('CERT_HAS_EXPIRED'), 1, 0.5, undefined],
  [network('ERR_TLS_CERT_ALTNAME_INVALID'), 1, 0.5, undefined],
];
test.each(waits)('when %j is attempt %i and chance says %f then %s ms are waited', (fault, attempt, random, waitMs) => {
  expect(decideRetry(fault, { attempt, random, now }).waitMs).toBe(waitMs);
});

test('when an error is its own cause then looking for its code ends', () => {
  const error = new Error('round');
  error.cause = error;
  expect(decideRetry({ kind: 'network', error }, { attempt: 1, random: 0, now }).waitMs).toBe(0);
});
