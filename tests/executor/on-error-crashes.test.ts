import { expect, test } from 'vitest';

import { killsAround } from './drive-past-kills.js';
import { driveToEnd, expectSameEnd, undisturbed } from './dying-on-error.js';

const events = undisturbed.run.metadata.last_seq;

test('when nothing happens then failed items are told, and what is done instead is done once', () => {
  expect(undisturbed.run.outputs.final_output).toEqual({
    value: 'paid a2, no b, paid c2, paid f instead lost e',
    summary: null,
  });
  expect(undisturbed.paid).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'd instead', 'f instead']);
});

test(`when the process dies around any of ${events} events around failures then nothing is done twice`, async () => {
  for (const kill of killsAround(events)) expectSameEnd([kill], await driveToEnd([kill]));
});
