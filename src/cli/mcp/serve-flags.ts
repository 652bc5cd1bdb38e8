import { flag, type OptionsOf } from '../session/flags.js';
import { ALLOW_PATH_FLAGS, LIMIT_FLAGS, MODEL_FLAGS, PLAN_FLAGS, RUN_FLAGS } from '../session/options.js';
import { readPort } from '../session/read-port.js';

/** Flags of `mcp serve`: what it offers and where, and what its runs may do. */
export const SERVE_FLAGS = {
  plan: flag.list('--plan <file>', 'this plan, or each plan of this folder, as a tool of its own (repeatable)'),
  http: flag.count('--http <port>', 'over HTTP on this machine, with a token; 0 for a free port', {
    read: (text) => readPort(text, '--http'),
  }),
  ...MODEL_FLAGS,
  planner: PLAN_FLAGS.planner,
  approve: RUN_FLAGS.approve,
  deny: RUN_FLAGS.deny,
  stub: RUN_FLAGS.stub,
  dryRun: RUN_FLAGS.dryRun,
  ...ALLOW_PATH_FLAGS,
  summarize: RUN_FLAGS.summarize,
  endUser: RUN_FLAGS.endUser,
  by: RUN_FLAGS.by,
  ...LIMIT_FLAGS,
};

export type ServeOptions = OptionsOf<typeof SERVE_FLAGS>;
