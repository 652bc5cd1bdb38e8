import { closeSync, openSync, writeSync } from 'node:fs';

import { messageOf, PortiaError } from '../domain/errors.js';
import type { RunEvent, StreamEvent } from '../domain/events.js';
import type { Run } from '../domain/run.js';
import { fromCwd } from './services.js';
import type { Session } from './session.js';

/** Where events go beside the log: standard output with --format ndjson, the file of --events. */
export interface EventSink {
  write(event: RunEvent): void;
  end(run: Run, exitCode: number): Promise<void>;
}

export function openEventSink(session: Session): EventSink {
  const { io, options, format } = session;
  const file = options.events === undefined ? undefined : openFile(fromCwd(session.services, options.events));
  const print = (event: RunEvent | StreamEvent) => {
    const line = `${JSON.stringify(event)}\n`;
    if (format === 'ndjson') void io.streams.out.write(line);
    if (file !== undefined) writeSync(file, line);
  };
  print({ v: 1, type: 'stream.started', version: io.version });
  return {
    write: print,
    async end(run, exit_code) {
      const { id: run_id, state, outputs } = run;
      print({ v: 1, type: 'run.result', run_id, state, final_output: outputs.final_output, exit_code });
      if (file !== undefined) closeSync(file);
      await io.streams.flush();
    },
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new PortiaError('storage-failed', `Cannot write events to ${path}.`, {
      why: messageOf(error),
      fix: 'Give --events a file in a folder that can be written.',
      cause: error,
    });
  }
}
