import type { Environment } from '../../domain/environment.js';
import type { Streams } from '../../ui/streams.js';

/** What a command gets from the process it runs in. */
export interface Io {
  streams: Streams;
  environment: Environment;
  /** Absolute; undefined when the folder is gone. */
  cwd: string | undefined;
  platform: string;
  nodeVersion: string;
  /** Of portia. */
  version: string;
  /** Numeric id of the user; undefined where the system has none. */
  userId: number | undefined;
  /** Id of this process. */
  pid: number;
  kill(pid: number, signal: NodeJS.Signals): void;
  /** Milliseconds that this process has worked, in all its threads. */
  cpuTime(): number;
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

/** One call of a command: its parameters as they were typed, its flags, and the world. */
export interface Invocation<Options> {
  parameters: string[];
  options: Options;
  io: Io;
  speech: Speech;
}
