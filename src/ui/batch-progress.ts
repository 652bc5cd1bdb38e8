import type { Ora } from 'ora';

import type { RunEvent } from '../domain/run/events.js';
import { countsText, lineResultText, type BatchTally, type LineResult } from './batch-view.js';
import { eventLine } from './event-line.js';
import { openSpinner, type ProgressOptions } from './progress.js';
import { cutTo } from './text-width.js';

export interface BatchProgressOptions extends Omit<ProgressOptions, 'steps'> {
  /** Whether each result is a plain line where nothing can move. */
  plainResults: boolean;
  /** Plain lines go here, each with its newline. */
  print(text: string): void;
}

/** Shows a batch on standard error while it happens: how many lines are how far. */
export async function createBatchProgress(options: BatchProgressOptions): Promise<BatchProgress> {
  return new BatchProgress(options, await openSpinner(options));
}

export class BatchProgress {
  readonly #options: BatchProgressOptions;
  readonly #spinner: Ora | undefined;
  #running = 0;
  /** Writers for which the moving line has made room. */
  #writers = 0;
  #counts: BatchTally['counts'] = new Map();

  constructor(options: BatchProgressOptions, spinner: Ora | undefined) {
    this.#options = options;
    this.#spinner = spinner;
  }

  began(): void {
    this.#running += 1;
    this.#draw();
  }

  /** An event of the run of this line, for who wants to see every one. */
  event(line: number, event: RunEvent): void {
    const { verbose, look, print } = this.#options;
    if (verbose === true) print(`line ${line} ${eventLine(event, look)}\n`);
  }

  ended(result: LineResult, counts: BatchTally['counts']): void {
    this.#running -= 1;
    this.#counts = counts;
    const { plainResults, print } = this.#options;
    if (this.#spinner === undefined && plainResults) print(`${lineResultText(result)}\n`);
    this.#draw();
  }

  /** Hides the moving line while something else is written. */
  async aside(write: () => Promise<void>): Promise<void> {
    this.#writers += 1;
    this.#spinner?.stop();
    await write();
    this.#writers -= 1;
    this.#draw();
  }

  /** Removes the moving line; it does not come back. */
  stop(): void {
    this.#running = 0;
    this.#spinner?.stop();
  }

  #draw(): void {
    if (this.#spinner === undefined || this.#writers > 0 || this.#running === 0) return;
    const done = countsText(this.#counts);
    const text = `${this.#running} running${done === '' ? '' : `, ${done}`}`;
    const { columns, symbols } = this.#options.look;
    // A line that wraps could not be taken away again.
    this.#spinner.text = cutTo(text, columns - 4, symbols.ellipsis);
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }
}
