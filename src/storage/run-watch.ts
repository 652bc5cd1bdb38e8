import type { RunId } from '../domain/values/ids.js';

/** Of which changes somebody wants to know. */
export interface WatchedRuns {
  /** Runs of which every event counts. */
  runs: readonly RunId[];
  /** Whether what lists show counts, too: runs that begin, pause, ask, are answered or end. */
  lists: boolean;
}

/** The port to what changes in a store, by whichever process. */
export interface RunWatch {
  /**
   * Calls back after each change: at once where the store can tell, else within a second. It may call back for nothing, and
   * once for several changes. Gives a function that stops this.
   */
  watch(watched: WatchedRuns, told: () => void): Promise<() => Promise<void>>;
}

/** Those who watch one store. */
export class Watchers {
  readonly #all = new Set<{ watched: WatchedRuns; told: () => void }>();

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** Gives a function that takes it out again. */
  add(watched: WatchedRuns, told: () => void): () => void {
    const watcher = { watched, told };
    this.#all.add(watcher);
    return () => void this.#all.delete(watcher);
  }

  /** Something of a run changed. Without an id it is not known of which. */
  tell(id?: RunId): void {
    for (const { watched, told } of this.#all) {
      if (id === undefined || watched.lists || watched.runs.includes(id)) told();
    }
  }
}
