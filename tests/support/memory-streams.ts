import { Readable, Writable } from 'node:stream';

import type { Environment } from '../../src/domain/environment.js';
import { createStreams, type Streams } from '../../src/ui/streams.js';

export interface MemoryStreams {
  streams: Streams;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
}

export interface MemoryStreamOptions {
  stdin?: string;
  /** Which streams are terminals; default none. */
  terminals?: ('stdin' | 'stdout' | 'stderr')[];
  columns?: number;
  environment?: Environment;
  noColour?: boolean;
}

/** The real streams over memory instead of a process. */
export function memoryStreams(options: MemoryStreamOptions = {}): MemoryStreams {
  const { terminals = [], columns = 80, environment = {} } = options;
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          written[name] += chunk.toString();
          done();
        },
      }),
      { isTTY: terminals.includes(name), columns },
    );
  const source = {
    stdin: Object.assign(Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]), {
      isTTY: terminals.includes('stdin'),
    }),
    stdout: output('stdout'),
    stderr: output('stderr'),
  };
  return {
    streams: createStreams(source, environment, { noColour: options.noColour === true }),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  };
}
