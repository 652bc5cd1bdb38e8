import { PortiaError } from '../domain/errors.js';
import { digestValue } from '../domain/values/digest.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { Notice } from '../domain/run/notice.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { NoticingStore } from '../storage/notices.js';
import { limitTime } from '../timing/limit.js';
import { noticeItem } from './notice-item.js';
import { NotSent, type NoticeItem, type NoticeMessage, type NoticeSender } from './notice-port.js';
import type { NotifyTarget } from './notify-settings.js';
import { nextReminder } from './wanted-notices.js';

/** After each try that did not work; after the last one nothing more is tried. In milliseconds. */
const BACK_OFF_MS = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000] as const;
/** For one try, whatever the target does. */
const TRY_MS = 45_000;
/** How long nobody else sends what a process is sending: longer than a try. */
const LEASE_MS = 90_000;
/** Items of one message. */
const MOST_ITEMS = 100;

export interface DeliveryOptions {
  store: Pick<NoticingStore, 'clock' | 'readRun' | 'readRequest' | 'notices'>;
  /** By their names. */
  targets: ReadonlyMap<string, NotifyTarget>;
  /** Throws `NotSent` when nothing can be sent there. */
  senderOf(target: NotifyTarget): Promise<NoticeSender>;
  /** Where the target's reader answers the question in a browser; null when nowhere. */
  linkTo(about: { target: NotifyTarget; run: Run; question: Clarification; now: Date }): string | null;
  /** A copy without secrets. */
  redact(item: NoticeItem): NoticeItem;
  /** Called with each try that did not work, and whether there will be another. */
  onFailure(target: string, why: string, isLast: boolean): void;
}

/** Sends what is due to the targets that are known here. */
export class Delivery {
  readonly #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Resolves when each target has got, or refused, what is due for it now. Rejects when the store does not work. */
  async sendDue(signal: AbortSignal): Promise<void> {
    const { now, notices } = await this.#options.store.notices.ready();
    const known = notices.flatMap((notice) => ('unreadable' in notice ? [] : [notice]));
    const ofTargets = grouped(known, ({ target }) => target);
    await Promise.all(
      Array.from(ofTargets, async ([name, ofTarget]) => {
        const target = this.#options.targets.get(name);
        if (target === undefined) return;
        for (const part of dueMessages(ofTarget, now)) {
          if (!signal.aborted) await this.#send(target, part, signal);
        }
      }),
    );
  }

  async #send(target: NotifyTarget, notices: readonly Notice[], signal: AbortSignal): Promise<void> {
    const now = (await this.#options.store.clock()).toISOString();
    const told = await this.#itemsOf(target, notices, new Date(now));
    const left = notices.filter(({ id }) => told.get(id) === undefined);
    const wanted = notices.filter(({ id }) => told.get(id) !== undefined);
    const id = notices[0]?.message_id ?? messageId(wanted);
    const claimed = wanted.map((notice) => claimedUntil(notice, id, later(now, LEASE_MS)));
    // Else another process has them.
    const isMine = await this.#options.store.notices.replace([
      ...claimed,
      ...left.map((notice) => settled(notice, 'dropped', { now, error: null })),
    ]);
    if (!isMine || claimed.length === 0) return;
    const items = wanted.flatMap((notice) => told.get(notice.id) ?? []);
    const fault = await this.#try(target, { id, sent_at: now, items }, signal);
    await this.#settle(target, claimed, fault);
  }

  /** Why it was not sent; undefined when it was. */
  async #try(target: NotifyTarget, message: NoticeMessage, outer: AbortSignal): Promise<NotSent | undefined> {
    const late = () => new NotSent(`it took longer than ${TRY_MS / 1_000} s`);
    const limit = limitTime(outer, TRY_MS, { late });
    try {
      const sender = await this.#options.senderOf(target);
      await limit.race(sender.send(message, limit.signal));
      return undefined;
    } catch (error) {
      if (error instanceof NotSent) return error;
      if (limit.signal.aborted) return new NotSent('this process ended before the target had answered');
      if (error instanceof PortiaError) return new NotSent(error.message);
      throw error;
    } finally {
      limit.clear();
    }
  }

  async #settle(target: NotifyTarget, claimed: readonly Notice[], fault: NotSent | undefined): Promise<void> {
    const { store, onFailure } = this.#options;
    const now = (await store.clock()).toISOString();
    if (fault === undefined) {
      await store.notices.replace(claimed.map((notice) => settled(notice, 'sent', { now, error: null })));
      await store.notices.add(claimed.flatMap((notice) => nextReminder(notice, target, now) ?? []));
      return;
    }
    const error = fault.message;
    const tries = Math.max(...claimed.map((notice) => notice.tries));
    const wait = BACK_OFF_MS[tries - 1];
    await store.notices.replace(
      claimed.map((notice) =>
        wait === undefined
          ? settled(notice, 'failed', { now, error })
          : { ...next(notice), state: 'due', error, due_at: later(now, Math.max(wait, fault.retryAfterMs)) },
      ),
    );
    onFailure(target.name, error, wait === undefined);
  }

  async #itemsOf(
    target: NotifyTarget,
    notices: readonly Notice[],
    now: Date,
  ): Promise<ReadonlyMap<string, NoticeItem | undefined>> {
    const { store, linkTo, redact } = this.#options;
    const runs = new Map<RunId, { run: Run; request: string | null } | undefined>();
    const items = new Map<string, NoticeItem | undefined>();
    for (const notice of notices) {
      const { id, run_id: runId, question_id: questionId } = notice;
      if (!runs.has(runId)) {
        const run = (await store.readRun(runId))?.run;
        runs.set(runId, run && { run, request: await store.readRequest(run.plan_id) });
      }
      const found = runs.get(runId);
      const question = found?.run.outputs.clarifications.find((each) => each.id === questionId);
      const link = found && question ? linkTo({ target, run: found.run, question, now }) : null;
      const item = found && noticeItem(notice, { ...found, now });
      // A link is signed: what is taken out of texts must not be taken out of it.
      items.set(id, item && { ...redact(item), link });
    }
    return items;
  }
}

/**
 * What goes out now, each part as one message: what is part of one keeps to it, also in another try; all else that is
 * ready goes along with what is due.
 */
function dueMessages(notices: readonly Notice[], now: string): Notice[][] {
  const groups = grouped(notices, ({ message_id: message }) => message);
  return [...groups.values()].flatMap((group) => {
    if (!group.some(({ due_at: dueAt }) => dueAt <= now)) return [];
    return Array.from({ length: Math.ceil(group.length / MOST_ITEMS) }, (_, index) =>
      group.slice(index * MOST_ITEMS, (index + 1) * MOST_ITEMS),
    );
  });
}

function grouped<Key>(notices: readonly Notice[], keyOf: (notice: Notice) => Key): Map<Key, Notice[]> {
  const groups = new Map<Key, Notice[]>();
  for (const notice of notices) groups.set(keyOf(notice), [...(groups.get(keyOf(notice)) ?? []), notice]);
  return groups;
}

/** Of one question, its id: so a receiver can tell that it got it twice. */
function messageId(notices: readonly Notice[]): string {
  const [first] = notices;
  if (first !== undefined && notices.length === 1) return subjectOf(first);
  return `digest-${digestValue(notices.map(subjectOf)).slice(0, 32)}`;
}

function subjectOf({ kind, run_id: run, question_id: question, seq, number }: Notice): string {
  if (question === null) return `${run}.${seq}`;
  if (kind === 'question') return question;
  return kind === 'reminder' ? `${question}.${kind}-${number}` : `${question}.${kind}`;
}

function claimedUntil(notice: Notice, id: string, until: string): Notice {
  return { ...next(notice), state: 'sending', tries: notice.tries + 1, message_id: id, due_at: until };
}

function settled(
  notice: Notice,
  state: 'sent' | 'failed' | 'dropped',
  { now, error }: { now: string; error: string | null },
): Notice {
  return { ...next(notice), state, error, settled_at: now };
}

function next(notice: Notice): Notice {
  return { ...notice, revision: notice.revision + 1 };
}

function later(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}
