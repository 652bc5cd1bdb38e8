import { flag, type OptionsOf } from '../session/flags.js';
import { ALLOW_PATH_FLAGS, LIMIT_FLAGS, MODEL_FLAGS, RUN_FLAGS } from '../session/options.js';
import { readPort } from '../session/read-port.js';

/** Flags of `serve`: where it listens. */
export const SERVE_FLAGS = {
  port: flag.count('--port <n>', 'listen on this port (default: a free one)', {
    read: (text) => readPort(text, '--port'),
  }),
  drive: flag.toggle('--drive', 'continue a run here once its questions are answered'),
  check: flag.toggle('--check', 'only say what would be served, or why it cannot be'),
  ...MODEL_FLAGS,
  approve: RUN_FLAGS.approve,
  deny: RUN_FLAGS.deny,
  stub: RUN_FLAGS.stub,
  dryRun: RUN_FLAGS.dryRun,
  ...ALLOW_PATH_FLAGS,
  summarize: RUN_FLAGS.summarize,
  by: RUN_FLAGS.by,
  ...LIMIT_FLAGS,
};

export type ServeOptions = OptionsOf<typeof SERVE_FLAGS>;
