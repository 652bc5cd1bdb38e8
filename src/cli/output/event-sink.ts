import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

import { errnoOf, messageOf, PortiaError } from '../../domain/errors.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { StreamEvent } from '../../domain/run/stream-event.js';
import type { Run } from '../../domain/run/run.js';
import { openResultLines } from './result-lines.js';
import { fromCwd } from '../../app/services.js';
import type { Session } from '../session/session.js';

/** Where events go beside the log: the result's place with --format ndjson, the file of --events. */
export interface EventSink {
  /** Whether they go anywhere. */
  readonly isOpen: boolean;
  write(event: RunEvent | StreamEvent): void;
  /** The last line. Rejects with `storage-failed` when the file does not hold every event. */
  end(run: Run, exitCode: number): Promise<void>;
  /** The last line of a run that could not be driven to any end. Nothing after `end`. */
  fail(exitCode: number): Promise<void>;
}

export function openEventSink(session: Session): EventSink {
  const file = openEventFile(session);
  const lines = session.format === 'ndjson' ? openResultLines(session) : undefined;
  let runId: RunEvent['run_id'] | null = null;
  let isFinished = false;
  const print = (event: RunEvent | StreamEvent) => {
    if (lines === undefined && file === undefined) return;
    const line = `${JSON.stringify(event)}\n`;
    file?.write(line);
    void lines?.write(line);
  };
  const finish = async (last: StreamEvent) => {
    isFinished = true;
    print(last);
    await lines?.end();
    await session.io.streams.flush();
    file?.close();
  };
  print({ v: 1, type: 'stream.started', version: session.io.version });
  return {
    isOpen: lines !== undefined || file !== undefined,
    write(event) {
      // Runs inside this one come after its first event.
      if ('run_id' in event) runId ??= event.run_id;
      print(event);
    },
    async end(run, exit_code) {
      const { id: run_id, state, outputs } = run;
      await finish({ v: 1, type: 'run.result', run_id, state, final_output: outputs.final_output, exit_code });
    },
    async fail(exit_code) {
      if (isFinished) return;
      await finish({ v: 1, type: 'run.result', run_id: runId, state: null, final_output: null, exit_code });
    },
  };
}

/** The file of --events, when it is asked for. Throws a PortiaError `storage-failed` when it cannot be opened. */
export function openEventFile(session: Session): EventFile | undefined {
  const { events } = session.options;
  return events === undefined ? undefined : new EventFile(session, events);
}

/** A failing disk must not stop a run, so it is reported at the end. */
class EventFile {
  readonly #path: string;
  readonly #file: number;
  #failure: unknown;

  constructor(session: Session, path: string) {
    this.#path = fromCwd(session.services, path);
    this.#file = this.#open();
  }

  write(line: string): void {
    if (this.#failure !== undefined) return;
    try {
      const bytes = Buffer.from(line);
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Throws a PortiaError `storage-failed` when the file does not hold every line. */
  close(): void {
    closeSync(this.#file);
    // The reader of the events may stop reading; nothing is lost.
    if (this.#failure !== undefined && errnoOf(this.#failure) !== 'EPIPE') throw this.#storageFailed(this.#failure);
  }

  #open(): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
    try {
      // A named pipe that nobody reads would otherwise be waited for without end.
      const file = openSync(this.#path, flags | constants.O_NONBLOCK, 0o600);
      if (!fstatSync(file).isFIFO()) return file;
      const blocking = openSync(this.#path, flags, 0o600);
      closeSync(file);
      return blocking;
    } catch (error) {
      throw this.#storageFailed(error);
    }
  }

  #storageFailed(error: unknown): PortiaError {
    return new PortiaError('storage-failed', `Cannot write events to ${this.#path}.`, {
      why: messageOf(error),
      fix: 'Give --events a file in a folder that can be written.',
      cause: error,
    });
  }
}
