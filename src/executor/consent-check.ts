import {
  answersOfOthers,
  confirmedBy,
  consentsIn,
  digestOfConsents,
  isConsent,
  type Consent,
} from '../domain/run/consents.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Person } from '../domain/run/person.js';
import type { Run } from '../domain/run/run.js';
import type { Signing } from '../domain/run/signatures.js';
import type { RunLog, Store } from '../storage/store.js';
import type { Answering } from './services.js';

/** Recorded answers that a person has to confirm before the run acts on them. */
export interface Unconfirmed {
  run: Run;
  consents: Consent[];
  /** Names exactly these. */
  digest: string;
}

/** The keys of this user, and how a drive asks about answers that others recorded. */
export interface ConsentRules {
  judge: Signing['judge'];
  /** Resolves when a person confirmed them; else rejects, with `consents-unconfirmed` where nobody can be asked. */
  confirm(unconfirmed: Unconfirmed): Promise<void>;
}

/**
 * Lets a run act only on consents that count here: those of this user, of people whom the user named, or confirmed
 * ones.
 */
export class ConsentCheck {
  readonly #store: Store;
  readonly #rules: ConsentRules | undefined;
  readonly #by: Person | undefined;
  readonly #confirmed = new Set<string>();
  readonly #ofOthers = new Set<number>();

  constructor(options: { store: Store; consentRules?: ConsentRules | undefined; answering: Pick<Answering, 'by'> }) {
    this.#store = options.store;
    this.#rules = options.consentRules;
    this.#by = options.answering.by;
  }

  /** Whose signatures count; undefined where everybody's records count. */
  get judge(): Signing['judge'] | undefined {
    return this.#rules?.judge;
  }

  /** Checks a log that was opened, and the runs inside it that will continue. Records what a person confirmed. */
  async check(log: RunLog, record: (body: EventBody) => void): Promise<void> {
    const rules = this.#rules;
    if (rules === undefined) return;
    const { events, run } = log;
    this.#learn(events, rules);
    if (run.parent_run === undefined) {
      for (const seq of answersOfOthers(events, rules)) this.#ofOthers.add(seq);
    }
    const found = [
      ...consentsIn(events, { judge: rules.judge, after: log.vouchedSeq }),
      ...(await this.#consentsInside(events, rules, new Set([run.id]))),
    ];
    const consents = found.filter(({ digest, counts }) => !counts && !this.#confirmed.has(digest));
    if (consents.length === 0) return;
    const digest = digestOfConsents(consents);
    await rules.confirm({ run, consents, digest });
    for (const consent of consents) this.#confirmed.add(consent.digest);
    const digests = consents.map((consent) => consent.digest);
    record({ type: 'consents.confirmed', digest, consents: digests, ...(this.#by && { by: this.#by }) });
  }

  /** The answers, given before their questions, that may be used: one that somebody else gave is not a consent. */
  usable(answers: Answer[], questions: readonly Clarification[]): Answer[] {
    return answers.filter(({ id, given }) => {
      if (given === undefined || !this.#ofOthers.has(given)) return true;
      const question = questions.find((asked) => asked.id === id);
      return question !== undefined && !isConsent(question);
    });
  }

  /** What was confirmed for a run holds for the runs inside it. */
  #learn(events: readonly RunEvent[], rules: ConsentRules): void {
    for (const event of events) for (const digest of confirmedBy(event, rules)) this.#confirmed.add(digest);
  }

  /** `seen`: an edited log may name itself as a run inside it. */
  async #consentsInside(events: readonly RunEvent[], rules: ConsentRules, seen: Set<RunId>): Promise<Consent[]> {
    const found: Consent[] = [];
    for (const id of openRunsInside(events)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const inner = await this.#eventsOf(id);
      this.#learn(inner, rules);
      found.push(...consentsIn(inner, rules));
      found.push(...(await this.#consentsInside(inner, rules, seen)));
    }
    return found;
  }

  async #eventsOf(id: RunId): Promise<RunEvent[]> {
    try {
      return await this.#store.readEvents(id);
    } catch (error) {
      // Other problems of it are reported when it is opened.
      if (error instanceof PortiaError) return [];
      throw error;
    }
  }
}

/** The runs of steps that are not finished: the others are never opened again. */
function openRunsInside(events: readonly RunEvent[]): RunId[] {
  const open = new Map<string, RunId>();
  for (const event of events) {
    if (event.type === 'step.started' && event.sub_run !== undefined) open.set(event.path, event.sub_run);
    if (event.type === 'step.completed' || event.type === 'step.skipped') open.delete(event.path);
  }
  return [...open.values()];
}
