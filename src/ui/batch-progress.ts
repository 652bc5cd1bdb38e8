import type { Ora } from 'ora';

import type { RunEvent } from '../domain/run/events.js';
import { grouped } from './brief-value.js';
import { countsText, lineResultText, type BatchTally, type LineResult } from './batch-view.js';
import { eventLine } from './event-line.js';
import { openSpinner, type ProgressOptions } from './progress.js';
import { cutTo } from './text-width.js';
import { roomForTimes, TimeLeft, timesText } from './time-left.js';

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
  #total: number | undefined;
  #left: TimeLeft | undefined;

  constructor(options: BatchProgressOptions, spinner: Ora | undefined) {
    this.#options = options;
    this.#spinner = spinner;
    const { look } = options;
    if (spinner !== undefined) spinner.suffixText = () => look.colour.dim(timesText('', this.#leftText(), look));
  }

  /** Whether it shows how many lines there are. */
  get isMoving(): boolean {
    return this.#spinner !== undefined;
  }

  /** There are so many lines in all. */
  expect(total: number): void {
    this.#total = total;
    this.#left = new TimeLeft(total, { done: 0, at: performance.now() });
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
    this.#left?.add({ done: this.#done(), at: performance.now() });
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
    const of = this.#total === undefined ? '' : `${grouped(this.#done())} of ${grouped(this.#total)}: `;
    const text = `${of}${this.#running} running${done === '' ? '' : `, ${done}`}`;
    const { look } = this.#options;
    // A line that wraps could not be taken away again.
    const left = this.#leftText();
    const beside = left === '' ? 4 : 4 + roomForTimes(left, look);
    this.#spinner.text = cutTo(text, look.columns - beside, look.symbols.ellipsis);
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  #done(): number {
    return [...this.#counts.values()].reduce((sum, number) => sum + number, 0);
  }

  #leftText(): string {
    return this.#left?.textAt(performance.now()) ?? '';
  }
}
