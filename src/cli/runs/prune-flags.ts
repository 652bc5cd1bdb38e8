import { flag } from '../session/flags.js';
import { YES_FLAGS } from '../session/options.js';

export const PRUNE_FLAGS = {
  ...YES_FLAGS,
  older: flag.text('--older <duration>', 'runs that ended longer ago than this: 90d, 12h'),
};
