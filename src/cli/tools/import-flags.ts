import { flag, type OptionsOf } from '../session/flags.js';

/** Flags of `tools import`: which operations become tools, and where their calls go. */
export const IMPORT_FLAGS = {
  only: flag.list('--only <glob>', 'only operations of these ids or tags (repeatable)'),
  server: flag.text('--server <url>', 'where the calls go, in place of the server of the document'),
  prefix: flag.text('--prefix <text>', 'what the ids of the tools begin with'),
  replace: flag.toggle('--replace', 'replace declarations that differ, too'),
};

export type ImportOptions = OptionsOf<typeof IMPORT_FLAGS>;
