import type { Environment, Streams } from '../ui/streams.js';

/** What a command gets from the process it runs in. */
export interface Io {
  streams: Streams;
  environment: Environment;
  /** Absolute. */
  cwd: string;
  platform: string;
  nodeVersion: string;
  /** Of portia. */
  version: string;
  /** Numeric id of the user; undefined where the system has none. */
  userId: number | undefined;
  /** Id of this process. */
  pid: number;
  kill(pid: number, signal: NodeJS.Signals): void;
  /** Calls back on the first signal that asks the process to stop; a second one ends it at once. */
  onStop(listener: (signal: string) => void): () => void;
}

/** One call of a command: its parameters as they were typed, its flags, and the world. */
export interface Invocation<Options> {
  parameters: string[];
  options: Options;
  io: Io;
}
