import { URI, type TOTP } from 'otpauth';
import { expect, test } from 'vitest';

import { newSecondFactor, takeCode } from '../../../src/server/users/second-factor.js';

/** Of RFC 6238, appendix B: the text 12345678901234567890 in Base32. */
const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const at = (seconds: number) => new Date(seconds * 1_000);

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('when it is %d seconds after 1970 then the code of the RFC is taken', (seconds, code) => {
  const kept = { key: KEY, recovery: [] };
  expect(takeCode(kept, code, at(seconds))).toEqual({ ...kept, used: Math.floor(seconds / 30) });
  expect(takeCode(kept, `${code.slice(0, 3)} ${code.slice(3)}`, at(seconds + 30))).toBeDefined();
  for (const [typed, time] of [
    [code, seconds + 60],
    [code, seconds - 60],
    [code.slice(1), seconds],
    [`${code}0`, seconds],
    ['', seconds],
  ] as const) {
    expect([typed, time, takeCode(kept, typed, at(time))]).toEqual([typed, time, undefined]);
  }
});

test('when a code was used then neither it nor an earlier one counts again', () => {
  const { kept, uri } = newSecondFactor('Ada Brook: 1');
  const totp = URI.parse(uri) as TOTP;
  const codeAt = (seconds: number) => totp.generate({ timestamp: seconds * 1_000 });
  const first = takeCode(kept, codeAt(3_000), at(3_000));
  if (first === undefined) throw new Error('The first code was not taken.');
  expect(takeCode(first, codeAt(3_000), at(3_010))).toBeUndefined();
  expect(takeCode(first, codeAt(2_970), at(3_010))).toBeUndefined();
  expect(takeCode(first, codeAt(3_030), at(3_010))).toMatchObject({ used: 101 });
  expect([totp.issuer, totp.label]).toEqual(['portia', 'Ada Brook: 1']);
});

test('when a recovery code is used then it is gone, and all others are left', () => {
  const { kept, recoveryCodes } = newSecondFactor('ada');
  const [code = '', other = ''] = recoveryCodes;
  const after = takeCode(kept, ` ${code.toUpperCase().replaceAll('-', ' ')}`, at(0));
  expect(after?.recovery).toEqual(kept.recovery.slice(1));
  if (after === undefined) return;
  expect(takeCode(after, code, at(0))).toBeUndefined();
  expect(takeCode(after, other, at(0))?.recovery).toHaveLength(8);
  expect(takeCode(newSecondFactor('ada').kept, code, at(0))).toBeUndefined();
});
