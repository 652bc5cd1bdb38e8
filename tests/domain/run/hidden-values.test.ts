import { expect, test } from 'vitest';

import { HiddenValues } from '../../../src/domain/run/hidden-values.js';
import type { Json } from '../../../src/domain/values/json.js';

const LONG = 'Dear Sir, the parcel has not come yet.';

test.each<[string, Json, string, string]>([
  ['a text', 'Ada', 'Ada is not there.', '[redacted] is not there.'],
  ['a text inside a name', { of: ['Lovelace'] }, '/mail/XLovelace.txt', '/mail/X[redacted].txt'],
  ['a short text', 'ok', 'It took the token: ok.', 'It took the token: [redacted].'],
  ['a number', -12, 'Line 112 has -12 of 3.', 'Line 112 has -[redacted] of 3.'],
  ['one digit', [3, 'a', ''], 'Step 3 is a step.', 'Step 3 is a step.'],
  ['a long text that is cut', LONG, `Cannot send "${LONG.slice(0, 30)}…".`, 'Cannot send "[redacted]…".'],
  ['what only begins alike', LONG, 'Dear Sir, no.', 'Dear Sir, no.'],
  ['one of its lines', `Subject: x\n${LONG}`, `Refused: ${LONG}`, 'Refused: [redacted]'],
  ['a text as JSON', 'say "hello" twice', String.raw`{"text":"say \"hello\" twice"}`, '{"text":"[redacted]"}'],
  ['a text in another case', ['Ada Byron', 'Çelik'], 'ADA BYRON, not İ, çelik', '[redacted], not İ, [redacted]'],
  [
    'a text in an address',
    'Ada & Bob Byron',
    '/of?a=Ada+%26+Bob+Byron#Ada%20%26%20Bob%20Byron',
    '/of?a=[redacted]#[redacted]',
  ],
  ['a text that is not well-formed', 'Ada \uD800 Byron', 'Ada \uD800 Byron.', '[redacted].'],
  [
    'keys that may be data',
    { 'Ada Byron': 1, 'key-4711': { dueDate: 2 } },
    'Ada Byron of key-4711 has a dueDate.',
    '[redacted] of [redacted] has a dueDate.',
  ],
  ['the longer of two', ['Ada Byron', 'Ada'], 'Ada Byron, Ada', '[redacted], [redacted]'],
])('when the data is %s then the sentence has a mark in its place', (_what, value, sentence, expected) => {
  const hidden = new HiddenValues();
  hidden.add(value);
  expect(hidden.hide(sentence)).toBe(expected);
});
