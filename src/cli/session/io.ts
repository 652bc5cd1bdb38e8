import type { SpellCommand } from '../../domain/next-step.js';
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
  /** Ctrl-C does not end this process, until the function that this gives is called. */
  holdInterrupts(): () => void;
}

/** How a command speaks on standard error: guessed from the arguments, until flags and settings are known. */
export interface Speech {
  /** Errors and open questions as one JSON line. */
  readonly isJson: boolean;
  /** Takes keys out of what is printed. */
  readonly redact: (text: string) => string;
  /** Writes a command so that it works from where the person is. */
  readonly spell: SpellCommand;
}
