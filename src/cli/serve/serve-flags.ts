import { flag, type OptionsOf } from '../session/flags.js';
import { RUN_FLAGS } from '../session/options.js';
import { readPort } from '../session/read-port.js';

/** Flags of `serve`: where it listens. */
export const SERVE_FLAGS = {
  port: flag.count('--port <n>', 'listen on this port (default: a free one)', {
    read: (text) => readPort(text, '--port'),
  }),
  check: flag.toggle('--check', 'only say what would be served, or why it cannot be'),
  by: RUN_FLAGS.by,
};

export type ServeOptions = OptionsOf<typeof SERVE_FLAGS>;
