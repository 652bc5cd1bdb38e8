import { randomUUID } from 'node:crypto';

import type { Settings } from '../config/settings.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import type { PlanId } from '../domain/values/ids.js';
import type { Redactor } from '../domain/values/redaction.js';
import type { SignInChange } from '../domain/values/sign-in-change.js';
import { Delivery } from '../notices/delivery.js';
import { NotSent, type NoticeSender } from '../notices/notice-port.js';
import type { NotifyTarget } from '../notices/notify-settings.js';
import { signInMessage } from '../notices/sign-in-message.js';
import { wantedNotices } from '../notices/wanted-notices.js';
import type { NoticingStore } from '../storage/notices.js';
import { settleWithin } from '../timing/limit.js';
import { matchToolIds } from '../tools/tool-globs.js';
import { noticeLink } from './notice-links.js';
import { senderOf, type SenderParts } from './notice-senders.js';
import { untold } from './notify-problems.js';

/** How long the end of a process may be delayed by what is being sent, in milliseconds. */
const LAST_MS = 5_000;
/** How often a worker looks for what is due, and for questions that nobody was told of, in milliseconds. */
const LOOK_MS = 2_000;
const SEARCH_MS = 60_000;

interface NotifierParts extends SenderParts {
  settings: Pick<Settings, 'notify' | 'publicUrl'>;
  store: NoticingStore;
  redactor: Redactor;
  warn(message: string): void;
}

/** Tells people of runs. What it is asked never rejects, and never waits for those who are told. */
export class Notifier {
  readonly targets: ReadonlyMap<string, NotifyTarget>;
  readonly #parts: NotifierParts;
  readonly #delivery: Delivery;
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;
  #isWanted = false;
  readonly #warned = new Set<string>();
  #nextLook = 0;
  #nextSearch = 0;

  constructor(parts: NotifierParts) {
    const { settings, store, redactor, warn } = parts;
    this.#parts = parts;
    this.targets = new Map(Array.from(settings.notify, ([name, { value }]) => [name, { name, ...value }]));
    this.#delivery = new Delivery({
      store,
      targets: this.targets,
      senderOf: async (target) => this.senderOf(target),
      linkTo: (about) => this.#linkTo(about),
      redact: (item) => redactor.json(item),
      onFailure: (target, why, isLast) => {
        const after = isLast ? 'It is not tried again.' : 'portia worker tries again.';
        warn(`${target} was not told: ${redactor.text(why)}. ${after}`);
      },
    });
  }

  /** Throws `NotSent` when something that it needs is missing. */
  senderOf(target: NotifyTarget): NoticeSender {
    return senderOf(target, this.#parts);
  }

  /** Why nothing can be sent to the target of this name, as a sentence without it; undefined when something can. */
  problemOf(name: string): string | undefined {
    const target = this.targets.get(name);
    const unknown = (target?.escalate?.to ?? []).find((other) => !this.targets.has(other));
    if (unknown !== undefined) return `it escalates to ${unknown}, and there is no such target`;
    try {
      if (target !== undefined) this.senderOf(target);
      return undefined;
    } catch (error) {
      if (error instanceof NotSent) return error.message;
      throw error;
    }
  }

  /** Keeps what is to be told of a run that stopped, and begins to send it. */
  async stopped(run: Run): Promise<void> {
    await this.#guard(async () => {
      await this.#keep(run);
      this.#begin();
    });
  }

  /**
   * Tells a person of a change of how they sign in, once, wherever a target has them among its people. What does not arrive
   * is told here, because nothing of it is kept.
   */
  async signInChanged(name: string, change: SignInChange): Promise<void> {
    const { redactor, warn } = this.#parts;
    const message = signInMessage(change, { name, id: `sign-in-${randomUUID()}` });
    for (const target of this.targets.values()) {
      if (target.people === undefined || !Object.hasOwn(target.people, name)) continue;
      try {
        await this.senderOf(target).send(message, this.#stop.signal);
      } catch (error) {
        if (!(error instanceof NotSent)) throw error;
        warn(`${target.name} was not told that the sign-in of ${name} changed: ${redactor.text(error.message)}.`);
      }
    }
  }

  /** For a worker, as often as it likes: begins to send what is due, and looks for questions that nobody was told of. */
  look(): void {
    const time = performance.now();
    if (time < this.#nextLook) return;
    this.#nextLook = time + LOOK_MS;
    const isSearched = time >= this.#nextSearch;
    if (isSearched) this.#nextSearch = time + SEARCH_MS;
    this.#begin(isSearched);
  }

  /** Gives what is being sent a moment to arrive. What does not is sent later by another process. */
  async close(): Promise<void> {
    const sending = this.#sending ?? Promise.resolve();
    try {
      await settleWithin(sending, LAST_MS);
    } catch {
      this.#stop.abort();
      await sending;
    }
  }

  #begin(isSearched = false): void {
    this.#isWanted = true;
    this.#sending ??= this.#guard(async () => {
      if (isSearched) await this.#search();
      while (this.#isWanted && !this.#stop.signal.aborted) {
        this.#isWanted = false;
        await this.#delivery.sendDue(this.#stop.signal);
      }
    }).finally(() => (this.#sending = undefined));
  }

  /** Questions of runs whose process was killed, or that another one drove which knows no targets. */
  async #search(): Promise<void> {
    const { store } = this.#parts;
    for await (const brief of store.listRuns({ state: 'NEED_CLARIFICATION', limit: Infinity })) {
      if ('unreadable' in brief || brief.owner !== undefined) continue;
      const stored = await store.readRun(brief.id).catch(() => undefined);
      if (stored !== undefined) await this.#keep(stored.run);
    }
  }

  async #keep(run: Run): Promise<void> {
    const { store } = this.#parts;
    const targets = await this.#targetsOf(run);
    if (targets.length === 0) return;
    await store.notices.add(wantedNotices(run, targets, (await store.clock()).toISOString()));
  }

  /** Those that the plan names, else those whose glob names the plan or what it was made for. */
  async #targetsOf({ plan_id: id }: Run): Promise<NotifyTarget[]> {
    const plan = await this.#planOf(id);
    if (plan?.notify !== undefined) return this.#named(plan.notify);
    const request = plan?.plan_context.query;
    const chosen = Array.from(this.targets.values(), async (target) => {
      if (target.plans === undefined) return [target];
      const matches = await matchToolIds(target.plans);
      return matches(id) || (request !== undefined && matches(request)) ? [target] : [];
    });
    return (await Promise.all(chosen)).flat();
  }

  #named(names: readonly string[]): NotifyTarget[] {
    return [...new Set(names)].flatMap((name) => {
      const target = this.targets.get(name);
      if (target === undefined) this.#warnOnce(untold(name));
      return target ?? [];
    });
  }

  /** A plan that cannot be read must not hide that its run asks. */
  async #planOf(id: PlanId): Promise<Plan | undefined> {
    try {
      return await this.#parts.store.readPlan(id);
    } catch (error) {
      if (error instanceof PortiaError && error.code !== 'store-unreachable') return undefined;
      throw error;
    }
  }

  /** Without a key there is no link, and people are told all the same. */
  #linkTo(about: Parameters<typeof noticeLink>[0]): string | null {
    try {
      return noticeLink(about, this.#parts);
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      this.#warnOnce(`Notices have no link: ${error.message}`);
      return null;
    }
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#parts.warn(message);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      this.#parts.warn(`Nobody was told of the run: ${messageOf(error)} portia worker tries again.`);
    }
  }
}
