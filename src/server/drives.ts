import { judgeHere } from '../app/signing/judge-here.js';
import type { PreparedRun } from '../app/prepare-run.js';
import { keepSubPlans } from '../app/plans/load-sub-plans.js';
import { trustMissingToResume } from '../app/trust-of-run.js';
import { openClarifications, type Answer } from '../domain/run/clarification.js';
import type { RunEvent } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { AnswersMeanwhile } from '../executor/answers-meanwhile.js';
import { Interruption } from '../executor/interruption.js';
import type { DriveOptions } from '../executor/open-run.js';
import { resumeRun } from '../executor/resume-run.js';
import { personlessConsents } from './consents.js';
import { requireTrust } from './require-trust.js';
import type { Services } from '../app/services.js';
import type { Person } from '../domain/run/person.js';

/** A run that this server drives. */
export interface Drive {
  id: RunId;
  /** The run as it ended or paused. Rejects when it cannot be driven. */
  ended: Promise<Run>;
  /** Calls back with each event from now on, until the function that it gives is called. */
  follow(listener: (event: RunEvent) => void): () => void;
  /** Records answers while it works; undefined when it takes none at this moment. Rejects as `answerRun` does. */
  answer: AnswersMeanwhile['give'];
  /** Stops it where it is; it stays resumable. */
  interrupt(cause: string): void;
}

/** What a server drives runs with. */
interface Driving {
  services: Services;
  /** Whom answers are recorded to be from. */
  by: Person;
  /** What is recorded of runs that are stopped when the server ends, such as `the end of portia serve`. */
  endedBy: string;
}

/** The runs that this server drives now, each once. */
export class Drives {
  readonly #serving: Driving;
  readonly #driven = new Map<RunId, Drive>();
  readonly #failures = new Map<RunId, unknown>();
  #isClosed = false;

  constructor(serving: Driving) {
    this.#serving = serving;
  }

  of(id: RunId): Drive | undefined {
    return this.#driven.get(id);
  }

  /** Why the last drive of the run ended without its result; undefined when it did not. */
  failureOf(id: RunId): unknown {
    return this.#failures.get(id);
  }

  /**
   * Starts a run; `by`: who starts it, when that is not whom answers are recorded to be from. Resolves once it is recorded;
   * rejects when it cannot start.
   */
  async start(prepared: PreparedRun, inputs: Record<string, Json>, by = this.#serving.by): Promise<Drive> {
    const id = this.#serving.services.newId('prun');
    const drive = this.#drive(id, async (options) => prepared.start(inputs, { ...options, id, answering: { by } }));
    await new Promise<void>((resolve, reject) => {
      const unfollow = drive.follow(() => {
        unfollow();
        resolve();
      });
      drive.ended.then(() => resolve(), reject);
    });
    return drive;
  }

  /**
   * Continues a run with these answers, as far as their questions are open then. Without answers a run that is driven here
   * already is given as it is.
   */
  async resume(id: RunId, answers: readonly Answer[] = []): Promise<Drive> {
    const isFree = () => this.of(id) === undefined || answers.length === 0;
    while (!isFree()) await this.of(id)?.ended.catch(() => undefined);
    const stillOpen = async (run: Run) => {
      const open = new Set(openClarifications(run).map((question) => question.id));
      return answers.filter((answer) => open.has(answer.id));
    };
    const work = async (options: DriveOptions) => {
      const { services } = this.#serving;
      requireTrust(await trustMissingToResume(id, { services, store: services.store }));
      return resumeRun(id, { ...options, answers: stillOpen });
    };
    return this.of(id) ?? this.#drive(id, work);
  }

  /** Stops a run where it is, if it is driven here, and waits until it is saved. */
  async stop(id: RunId, cause: string): Promise<void> {
    const drive = this.of(id);
    drive?.interrupt(cause);
    await drive?.ended.catch(() => undefined);
  }

  /** Stops all of them where they are, and waits until each is saved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#driven.values()];
    for (const drive of all) drive.interrupt(this.#serving.endedBy);
    await Promise.allSettled(all.map(({ ended }) => ended));
  }

  #drive(id: RunId, work: (options: DriveOptions) => Promise<Run>): Drive {
    const controller = new AbortController();
    const listeners = new Set<(event: RunEvent) => void>();
    const listener = (event: RunEvent) => {
      for (const listen of listeners) listen(event);
    };
    if (this.#isClosed) controller.abort(new Interruption(this.#serving.endedBy));
    this.#failures.delete(id);
    const meanwhile = new AnswersMeanwhile(this.#serving.services);
    const ended = this.#options({ listener, signal: controller.signal, meanwhile })
      .then(work)
      .finally(() => this.#driven.delete(id));
    // Whoever waits for it gets the rejection, too; of a task it is told when somebody asks.
    ended.catch((error: unknown) => this.#failures.set(id, error));
    const drive: Drive = {
      id,
      ended,
      follow(listen) {
        listeners.add(listen);
        return () => listeners.delete(listen);
      },
      answer: (options) => meanwhile.give(options),
      interrupt: (cause) => controller.abort(new Interruption(cause)),
    };
    this.#driven.set(id, drive);
    return drive;
  }

  async #options({
    meanwhile,
    ...following
  }: Pick<DriveOptions, 'listener' | 'signal'> & { meanwhile: AnswersMeanwhile }): Promise<DriveOptions> {
    const { services, by } = this.#serving;
    const { store } = services;
    return {
      store,
      services: await services.executor(),
      readSubPlans: async (outer) => keepSubPlans(outer, store),
      ...following,
      answering: { by, meanwhile },
      // A client may not wait long for its reply.
      staying: { ms: 0, isRehearsal: false },
      consentRules: personlessConsents(await judgeHere(services)),
    };
  }
}
