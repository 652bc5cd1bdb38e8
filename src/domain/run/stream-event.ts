import type { RunId } from '../values/ids.js';
import type { Output, RunState } from './run.js';

/** Only in a printed stream, never in the file: its first and its last line, and with `--stream` what models say. */
export type StreamEvent =
  | { v: 1; type: 'stream.started'; version: string }
  /** A piece of a reply that is coming; `at`: characters of it before this piece, 0 begins it anew. */
  | { v: 1; type: 'model.text'; run_id: RunId; path: string; key: string; at: number; text: string }
  | {
      v: 1;
      type: 'run.result';
      run_id: RunId | null;
      state: RunState | null;
      final_output: Output | null;
      exit_code: number;
    };
