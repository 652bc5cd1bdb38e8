import { beforeEach, describe, expect, test } from 'vitest';

import type { EventBody } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { Delivery } from '../../src/notices/delivery.js';
import { NotSent, type NoticeMessage } from '../../src/notices/notice-port.js';
import type { NotifyTarget } from '../../src/notices/notify-settings.js';
import { wantedNotices } from '../../src/notices/wanted-notices.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { QueueingStore } from '../../src/storage/run-queue.js';
import { CREATED } from '../storage/examples.js';

const START = Date.parse('2026-12-01T09:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const runId = (digit: number): RunId => `prun-0189000${digit}-0000-7000-8000-0000000000b1`;
const questionId = (digit: number) => `clar-0189000${digit}-0000-7000-8000-0000000000c1` as const;

let clock = START;
let store: QueueingStore;
/** What was sent, by target; what `faults` names for a target is thrown instead, the first first. */
let sent: { target: string; message: NoticeMessage }[];
let faults: Record<string, (NotSent | 'hang')[]>;
let told: [target: string, why: string, isLast: boolean][];

beforeEach(() => {
  clock = START;
  store = createMemoryStore({ now: () => new Date(clock) });
  [sent, faults, told] = [[], {}, []];
});

function deliveryTo(targets: readonly NotifyTarget[]): Delivery {
  return new Delivery({
    store,
    targets: new Map(targets.map((target) => [target.name, target])),
    senderOf: async ({ name }) => ({
      async send(message) {
        const fault = faults[name]?.shift();
        sent.push({ target: name, message });
        if (fault === 'hang') await new Promise(() => undefined);
        if (fault !== undefined) throw fault;
      },
    }),
    linkTo: () => null,
    redact: (item) => item,
    onFailure: (...failure) => told.push(failure),
  });
}

const TEAM: NotifyTarget = { name: 'team', to: 'slack:SLACK_WEBHOOK' };
const never = new AbortController().signal;

/** A run that asks, and whose targets are to be told of it. */
async function ask(digit: number, targets: readonly NotifyTarget[], policy: object = {}): Promise<void> {
  const log = await store.createRun(runId(digit));
  const asked: EventBody[] = [
    CREATED,
    { type: 'run.started' },
    {
      type: 'clarification.raised',
      clarification: {
        category: 'Input',
        id: questionId(digit),
        plan_run_id: runId(digit),
        user_guidance: `Which city is number ${digit}?`,
        argument_name: 'city',
        ...{ response: null, step: 0, resolved: false, source: null, path: '0' },
        raised_at: new Date(clock).toISOString(),
        ...policy,
      },
    },
    { type: 'run.paused', reason: 'clarification', next: '' },
  ];
  for (const event of asked) log.append(event);
  await log.close();
  const { run } = await store.requireRun(runId(digit));
  await store.notices.add(wantedNotices(run, targets, new Date(clock).toISOString()));
}

async function answer(digit: number): Promise<void> {
  const log = await store.openRun(runId(digit));
  log.append({ type: 'clarification.resolved', id: questionId(digit), response: 'Rome', channel: 'api' });
  await log.close();
}

const ids = () => sent.map(({ target, message }) => [target, message.id]);

describe('a question', () => {
  test('when it is told then it is told once, under its own id, whoever looks again', async () => {
    await ask(1, [TEAM]);
    const delivery = deliveryTo([TEAM]);
    await delivery.sendDue(never);
    await ask(2, [TEAM]);
    await Promise.all([delivery.sendDue(never), deliveryTo([TEAM]).sendDue(never)]);
    await delivery.sendDue(never);
    expect(ids()).toEqual([
      ['team', questionId(1)],
      ['team', questionId(2)],
    ]);
    expect(await store.notices.unsent()).toEqual([]);
  });

  test('when it was answered before it could be told then nobody is told', async () => {
    await ask(1, [TEAM]);
    await answer(1);
    await deliveryTo([TEAM]).sendDue(never);
    expect([sent, await store.notices.unsent()]).toEqual([[], []]);
  });

  test('when the target does not take it then it is tried with more and more time between, and given up', async () => {
    faults['team'] = Array.from({ length: 9 }, () => new NotSent('it answered with status 500'));
    await ask(1, [TEAM]);
    const at: number[] = [];
    for (; (await store.notices.ready()).notices.length > 0; clock += MINUTE) {
      const before = sent.length;
      await deliveryTo([TEAM]).sendDue(never);
      if (sent.length > before) at.push((clock - START) / MINUTE);
    }
    expect(at).toEqual([0, 1, 6, 36, 156, 516]);
    expect(new Set(ids().map(([, id]) => id))).toEqual(new Set([questionId(1)]));
    expect(told.map(([, , isLast]) => isLast)).toEqual([false, false, false, false, false, true]);
    expect(await store.notices.unsent()).toMatchObject([
      { state: 'failed', tries: 6, error: 'it answered with status 500' },
    ]);
  });

  test('when the target says for how long it wants to be left alone then it is', async () => {
    faults['team'] = [new NotSent('it answered with status 429', HOUR)];
    await ask(1, [TEAM]);
    await deliveryTo([TEAM]).sendDue(never);
    clock += HOUR - 1;
    await deliveryTo([TEAM]).sendDue(never);
    expect(sent).toHaveLength(1);
    clock += 1;
    await deliveryTo([TEAM]).sendDue(never);
    expect(sent).toHaveLength(2);
  });

  test('when one target hangs then the others are told, and it is tried again with the same id', async () => {
    const other = { ...TEAM, name: 'other' };
    faults['team'] = ['hang'];
    await ask(1, [TEAM, other]);
    const stop = new AbortController();
    const sending = deliveryTo([TEAM, other]).sendDue(stop.signal);
    await expect.poll(() => sent.length).toBe(2);
    stop.abort();
    await sending;
    expect(told).toEqual([['team', 'this process ended before the target had answered', false]]);
    clock += MINUTE;
    await deliveryTo([TEAM, other]).sendDue(never);
    expect(ids().filter(([name]) => name === 'team')).toEqual([
      ['team', questionId(1)],
      ['team', questionId(1)],
    ]);
    expect(sent).toHaveLength(3);
  });

  test('when a process is killed while it sends then another one sends it later, with the same id', async () => {
    faults['team'] = ['hang'];
    await ask(1, [TEAM]);
    void deliveryTo([TEAM]).sendDue(never);
    await expect.poll(() => sent.length).toBe(1);
    clock += MINUTE;
    await deliveryTo([TEAM]).sendDue(never);
    expect(sent).toHaveLength(1);
    clock += MINUTE;
    await deliveryTo([TEAM]).sendDue(never);
    expect(ids()).toEqual([
      ['team', questionId(1)],
      ['team', questionId(1)],
    ]);
  });
});

test('when many questions come within the time of a digest then they are one message, also in another try', async () => {
  const target = { ...TEAM, digest: '60s' };
  faults['team'] = [new NotSent('it answered with status 500')];
  for (let digit = 1; digit <= 5; digit += 1) {
    await ask(digit, [target]);
    await deliveryTo([target]).sendDue(never);
    clock += 10_000;
  }
  expect(sent).toEqual([]);
  clock = START + MINUTE;
  await deliveryTo([target]).sendDue(never);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.message.items).toHaveLength(5);
  expect(sent[0]?.message.id).toMatch(/^digest-[0-9a-f]{32}$/);
  // What comes later does not change the message that is tried again.
  await ask(6, [target]);
  await answer(1);
  clock += MINUTE;
  await deliveryTo([target]).sendDue(never);
  expect(sent).toHaveLength(3);
  const [first, again, other] = sent.map(({ message }) => message);
  expect(again).toMatchObject({ id: first?.id, items: { length: 4 } });
  expect(other).toMatchObject({ id: questionId(6) });
});

test('when nobody answers then people are reminded five times and others are told, until somebody does', async () => {
  const team = { ...TEAM, remind_after: '4h', escalate: { after: '1h', to: ['boss'] } };
  const boss: NotifyTarget = { name: 'boss', to: 'mailto:boss@example.org', on: [] };
  const targets = [team, boss];
  await ask(1, targets);
  await ask(2, targets);
  await answer(2);
  for (let hours = 0; hours < 40; hours += 1) {
    await deliveryTo(targets).sendDue(never);
    clock += HOUR;
  }
  const reminder = (number: number) => ['team', `${questionId(1)}.reminder-${number}`];
  expect(ids()).toEqual([
    ['team', questionId(1)],
    ['boss', `${questionId(1)}.escalation`],
    ...[1, 2, 3, 4, 5].map(reminder),
  ]);
  expect(await store.notices.unsent()).toEqual([]);
});

test('when a question is for certain people then those targets are told that know one of them, or know nobody', async () => {
  const ada = { ...TEAM, name: 'ada', people: { ada: 'U012AB' } };
  const bob = { ...TEAM, name: 'bob', people: { bob: 'U012AC' } };
  await ask(1, [TEAM, ada, bob], { assignees: ['ada', 'cleo'] });
  await deliveryTo([TEAM, ada, bob]).sendDue(never);
  expect(ids().sort()).toEqual([
    ['ada', questionId(1)],
    ['team', questionId(1)],
  ]);
  expect(sent[0]?.message.items).toMatchObject([{ for: ['ada', 'cleo'], question: { until: null } }]);
});

test('when a question takes no answer any more then nobody is told or reminded', async () => {
  const team = { ...TEAM, remind_after: '4h' };
  const until = new Date(START + 2 * HOUR).toISOString();
  await ask(1, [team], { expires_at: until });
  await deliveryTo([team]).sendDue(never);
  expect(sent[0]?.message.items).toMatchObject([{ question: { until } }]);
  clock += 4 * HOUR;
  await deliveryTo([team]).sendDue(never);
  expect([sent.length, await store.notices.unsent()]).toEqual([1, []]);
});

test('when a target is not known here then its notices wait for a process that knows it', async () => {
  await ask(1, [TEAM]);
  await deliveryTo([]).sendDue(never);
  expect(sent).toEqual([]);
  await deliveryTo([TEAM]).sendDue(never);
  expect(ids()).toEqual([['team', questionId(1)]]);
});
