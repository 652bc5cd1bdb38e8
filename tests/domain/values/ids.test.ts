import fc from 'fast-check';
import { v7, validate, version } from 'uuid';
import { describe, expect, test } from 'vitest';

import { digestText } from '../../../src/domain/values/digest.js';
import {
  idFromDigest,
  isId,
  isPlanId,
  isRunId,
  matchesShortId,
  normaliseId,
  shortId,
  timeOfId,
} from '../../../src/domain/values/ids.js';

const UUID = '1dcd74a4-0af5-490a-a7d0-0df4fd983977';

describe('isId', () => {
  test.each([
    [`plan-${UUID}`, true],
    [`prun-${UUID}`, false],
    [UUID, false],
    [`plan-${UUID.toUpperCase()}`, false],
    [`plan-${UUID}\n`, false],
    [` plan-${UUID}`, false],
    [`plan-${UUID}/../x`, false],
    ['plan-../../etc/passwd', false],
    [`plan-${UUID.replaceAll('-', '')}`, false],
    [`PLAN-${UUID}`, false],
    [undefined, false],
    [{ toString: (): string => `plan-${UUID}` }, false],
  ])('when it is asked about %j then the answer is %s', (text, expected) => {
    expect(isPlanId(text)).toBe(expected);
    expect(isId(text, 'plan')).toBe(expected);
  });
});

describe('normaliseId', () => {
  test.each([
    `plan-${UUID}`,
    UUID,
    UUID.toUpperCase(),
    `{${UUID}}`,
    UUID.replaceAll('-', ''),
    `plan-${UUID.replaceAll('-', '').toUpperCase()}`,
  ])('when an id is spelled %j then it is the one spelling', (text) => {
    expect(normaliseId(text, 'plan')).toBe(`plan-${UUID}`);
  });

  test.each(['', 'plan-', 'last', `prun-${UUID}`, `${UUID}0`, UUID.slice(1), `${UUID}/..`, 7, null, [UUID]])(
    'when the text is %j then it is not an id',
    (text) => {
      expect(normaliseId(text, 'plan')).toBeUndefined();
    },
  );

  test('when any text is given then the result is an id or undefined', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uuid()), (text) => {
        const id = normaliseId(text, 'prun');
        expect(id === undefined || isRunId(id)).toBe(true);
      }),
    );
  });
});

describe('idFromDigest', () => {
  test('when an id is made from a digest then it is a valid UUID of version 8, the same every time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        const id = idFromDigest('plan', digestText(one));
        expect(isPlanId(id)).toBe(true);
        expect(validate(id.slice(5)) && version(id.slice(5))).toBe(8);
        expect(idFromDigest('plan', digestText(two)) === id).toBe(one === two);
      }),
    );
  });
});

describe('timeOfId', () => {
  test('when the id is of version 7 then its time comes back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (msecs) => {
        expect(timeOfId(`prun-${v7({ msecs })}`)).toBe(msecs);
      }),
    );
  });

  test.each([
    `plan-${UUID}`,
    idFromDigest('plan', digestText('x')),
    '',
    'prun-',
    'prun-zzzzzzzz-zzzz-7zzz-zzzz-zzzzzzzzzzzz',
  ])('when the id is %j then it has no time', (id) => {
    expect(timeOfId(id)).toBeUndefined();
  });
});

describe('short ids', () => {
  const id = `prun-${UUID}`;

  test('when any 4 or more digits of the beginning or the end are given then they match', () => {
    const digits = UUID.replaceAll('-', '');
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 32 }), fc.boolean(), fc.boolean(), (length, fromStart, withPrefix) => {
        const part = fromStart ? digits.slice(0, length) : digits.slice(-length);
        expect(matchesShortId(id, withPrefix ? `prun-${part}` : part)).toBe(true);
      }),
    );
  });

  test.each(['', '977', 'd74a', 'plan-3977', '3977g', '3977 ', '../3977', `${UUID}0`, '----', '%2e%2e'])(
    'when the text is %j then it does not match',
    (text) => {
      expect(matchesShortId(id, text)).toBe(false);
    },
  );

  test('when an id is shown short then the short form matches it', () => {
    expect(shortId(id)).toBe('fd983977');
    expect(matchesShortId(id, shortId(id))).toBe(true);
  });
});
