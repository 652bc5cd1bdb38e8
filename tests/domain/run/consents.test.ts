import { describe, expect, test } from 'vitest';

import type { Clarification } from '../../../src/domain/run/clarification.js';
import { confirmedBy, consentsIn, digestOfConsents, isSigned } from '../../../src/domain/run/consents.js';
import type { EventBody, RunEvent } from '../../../src/domain/run/events.js';
import { signedText, type Signer, type Signing } from '../../../src/domain/run/signatures.js';

const RUN = 'prun-01890000-0000-7000-8000-0000000000b1';
const id = (n: number) => `clar-01890000-0000-7000-8000-00000000000${n}` as const;

const question = (n: number, fields: object): Clarification =>
  ({ id: id(n), user_guidance: '?', path: '0', resolved: false, response: null, ...fields }) as Clarification;
const approval = question(1, { category: 'User Verification', tool_id: 'pay', args: { amount: 12 } });
const verification = question(2, { category: 'User Verification' });
const outcome = question(3, {
  category: 'Multiple Choice',
  unknown_outcome: true,
  options: [],
  argument_name: 'outcome',
});
const choice = question(4, { category: 'Multiple Choice', options: [], argument_name: 'which' });
const input = question(5, { category: 'Input', argument_name: 'name' });

const answer = (n: number): EventBody => ({
  type: 'clarification.resolved',
  id: id(n),
  response: true,
  channel: 'flag',
});

/** Events of a log; each body may say who signed it. */
function log(...bodies: (EventBody & { signer?: Signer['kind'] })[]): RunEvent[] {
  return bodies.map(({ signer, ...body }, index) => {
    const signature = signer === undefined ? {} : { signature: { key: signer, value: '' } };
    return {
      v: 1,
      seq: index + 1,
      ts: `2026-01-01T00:00:0${index}.000Z`,
      run_id: RUN,
      ...body,
      ...signature,
    };
  });
}

/** Takes each signature for what its key says. */
const judge: Signing['judge'] = (_text, { key }) => {
  return key === 'named' ? { kind: 'named', name: 'Ada' } : ({ kind: key } as Signer);
};

const raised = (clarification: Clarification): EventBody => ({ type: 'clarification.raised', clarification });
const counts = (events: RunEvent[], after = 0) => consentsIn(events, { judge, after }).map((consent) => consent.counts);

describe('what is signed', () => {
  test.each<[string, EventBody, Clarification | undefined, boolean]>([
    ['an approval', answer(1), approval, true],
    ['a verification', answer(2), verification, true],
    ['what became of a call', answer(3), outcome, true],
    ['a choice', answer(4), choice, false],
    ['an input', answer(5), input, false],
    ['a pause', { type: 'run.paused', reason: 'approval', next: '' }, undefined, true],
    ['an end', { type: 'run.completed', final_output: null }, undefined, true],
    ['a confirmation', { type: 'consents.confirmed', digest: '', consents: [] }, undefined, true],
    ['a changed tool', { type: 'tool.changed', tool_id: 'pay', was: 'a', now: 'b', channel: 'flag' }, undefined, true],
    ['a step', { type: 'step.started', path: '0', attempt: 1 }, undefined, false],
  ])('when it is %s then it is as it should be', (_what, body, asked, expected) => {
    expect(isSigned(body, asked)).toBe(expected);
  });

  test('when any field of an event differs then so does what is signed, but for the signature itself', () => {
    const [event] = log(answer(1));
    const text = signedText(event ?? {});
    for (const change of [
      { run_id: 'x' },
      { id: 'x' },
      { response: false },
      { prev: 'x' },
      { asked: 'x' },
      { by: {} },
    ]) {
      expect(signedText({ ...event, ...change })).not.toBe(text);
    }
    expect(signedText({ ...event, signature: { key: 'x', value: 'y' } })).toBe(text);
    expect(signedText(Object.fromEntries(Object.entries(event ?? {}).toReversed()))).toBe(text);
  });
});

describe('which consents count', () => {
  test.each<[Signer['kind'] | undefined, boolean]>([
    ['own', true],
    ['named', true],
    ['unknown', false],
    ['forged', false],
    [undefined, false],
  ])('when its signer is %s then it counts: %s', (signer, expected) => {
    const given = signer === undefined ? {} : { signer };
    expect(counts(log(raised(approval), { ...answer(1), ...given }))).toEqual([expected]);
    const changed = { type: 'tool.changed', tool_id: 'pay', was: 'a', now: 'b', channel: 'flag' } as const;
    expect(counts(log({ ...changed, ...given }))).toEqual([expected]);
  });

  test('when an answer is not a consent then it is not looked at', () => {
    expect(counts(log(raised(choice), answer(4), raised(input), answer(5)))).toEqual([]);
  });

  test('when a consent was vouched for then it is not looked at, but a later one of the same question is', () => {
    const events = log(raised(approval), answer(1), answer(1));
    expect(counts(events, 2)).toEqual([false]);
    expect(counts(events, 3)).toEqual([]);
  });

  test('when a consent of an imported record is there then it does not count', () => {
    const snapshot = { outputs: { clarifications: [{ ...approval, resolved: true, response: true }, input] } };
    expect(counts(log({ type: 'run.imported', snapshot, digest: '' } as never))).toEqual([false]);
  });

  test('when consents were confirmed then exactly these count, if the confirmation does', () => {
    const recorded = log(raised(approval), answer(1), answer(1));
    const [first] = consentsIn(recorded, { judge });
    const confirm = (signer: Signer['kind']) =>
      log(raised(approval), answer(1), answer(1), {
        type: 'consents.confirmed',
        digest: 'd',
        consents: [first?.digest ?? ''],
        signer,
      });
    expect(counts(confirm('own'))).toEqual([true, false]);
    expect(counts(confirm('unknown'))).toEqual([false, false]);
    expect(confirmedBy(confirm('forged')[3] as RunEvent, { judge })).toEqual([]);
  });

  test('when other consents are listed then their digest is another one, whatever the order', () => {
    const [one, other] = consentsIn(log(raised(approval), answer(1), answer(1)), { judge });
    if (one === undefined || other === undefined) throw new Error('two consents');
    expect(digestOfConsents([one, other])).toBe(digestOfConsents([other, one]));
    expect(digestOfConsents([one])).not.toBe(digestOfConsents([one, other]));
  });
});
