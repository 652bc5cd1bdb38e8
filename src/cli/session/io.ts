import type { ProcessFacts } from '../../app/this-process.js';
import type { Streams } from '../../ui/streams.js';

/** What a command gets from the process it runs in. */
export interface Io extends ProcessFacts {
  streams: Streams;
  /** Absolute; undefined when the folder is gone. */
  cwd: string | undefined;
  platform: string;
  nodeVersion: string;
  /** Of portia. */
  version: string;
  /** Calls back on the first signal that asks the process to stop; a second one ends it at once. */
  onStop(listener: (signal: string) => void): () => void;
}

/** How a command speaks on standard error: guessed from the arguments, then set as flags and settings say. */
export interface Speech {
  /** Errors and open questions as one JSON line. */
  isJson: boolean;
  /** Takes keys out of what is printed. */
  redact(text: string): string;
  /** A command, or words with commands in them, so that it works from where the person is. */
  spell(command: string): string;
}
