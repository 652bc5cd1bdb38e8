import { selectorName, type Clarification } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import { ownPath } from '../domain/plan/step-path.js';
import type { Run } from '../domain/run/run.js';
import type { ClarificationId, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';
import type { RunSecrets } from './held-secrets.js';

/** The question that a sealed answer belongs to: it opens for no other one. */
export interface SealedFor {
  run: RunId;
  question: ClarificationId;
}

/** Closes secrets so that only processes that have the key can open them. */
export interface Seal {
  close(value: Json, about: SealedFor): string;
  /** Throws a PortiaError `invalid-settings` without the right key, and for a text that was changed. */
  open(sealed: string, about: SealedFor): Json;
}

/** The secret answers of a run that its store keeps, each until the step ends that asked for it. */
export class SealedAnswers {
  readonly #store: Store;
  /** The run of each, and the path of the step that asked. */
  readonly #kept = new Map<ClarificationId, { run: RunId; path: string }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Gives this process those that it can open. What it cannot open is asked for again, for the reason given to `warn`. */
  async open(
    run: Run,
    { seal, secrets, warn }: { seal: Seal; secrets: RunSecrets; warn: (message: string) => void },
  ): Promise<void> {
    for (const [id, sealed] of await this.#store.readSealed(run.id)) {
      const question = questionOf(run, id);
      this.#kept.set(id, { run: run.id, path: ownPath(question?.path ?? '') });
      if (question === undefined) continue;
      const name = selectorName(question);
      try {
        secrets.hold(id, { name, value: seal.open(sealed, { run: run.id, question: id }) });
      } catch (error) {
        if (!(error instanceof PortiaError)) throw error;
        warn(`The secret answer ${name} cannot be opened: ${error.message} It is asked for again when it is needed.`);
      }
    }
  }

  /** Whether the step asked for one. */
  isOf(path: string): boolean {
    return [...this.#kept.values()].some((kept) => kept.path === path);
  }

  /** Removes those that the step asked for; without a path all of them. */
  async forget(path?: string): Promise<void> {
    for (const [id, kept] of this.#kept) {
      if (path !== undefined && kept.path !== path) continue;
      await this.#store.forgetSealed(kept.run, [id]);
      this.#kept.delete(id);
    }
  }
}

/** Throws the reason when one of the answers that the store keeps for the run cannot be opened here. */
export async function requireOpenable(run: Run, store: Store, seal: Seal): Promise<void> {
  for (const [question, sealed] of await store.readSealed(run.id)) seal.open(sealed, { run: run.id, question });
}

function questionOf({ outputs }: Run, id: ClarificationId): Clarification | undefined {
  return outputs.clarifications.find((question) => question.id === id);
}
