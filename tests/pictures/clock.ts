import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The clock of a project whose pages are drawn: it moves only when it is told to. */
export class Clock {
  /** Added to the environment of portia. */
  readonly environment: Record<string, string>;
  readonly #file: string;

  /** `time` in ISO 8601. */
  constructor(project: string, time: string) {
    this.#file = join(project, '.home', 'clock');
    this.set(time);
    this.environment = {
      NODE_OPTIONS: `--import ${resolve('tests/pictures/fixed-clock.js')}`,
      PICTURE_CLOCK: this.#file,
      TZ: 'UTC',
    };
  }

  set(time: string): void {
    writeFileSync(this.#file, String(Date.parse(time)));
  }

  pass(ms: number): void {
    writeFileSync(this.#file, String(Number(readFileSync(this.#file, 'utf8')) + ms));
  }
}
