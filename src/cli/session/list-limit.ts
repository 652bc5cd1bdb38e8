import { PortiaError } from '../../domain/errors.js';
import { flag, type OptionsOf } from './flags.js';
import type { Session } from './session.js';

export const LIST_LIMIT_FLAGS = {
  limit: flag.text('--limit <n>', 'how many at most; 0 for all (default: 20 on a terminal, else all)'),
};

const SCREENFUL = 20;

/** How many rows a list has at most. */
export function readListLimit(session: Session<OptionsOf<typeof LIST_LIMIT_FLAGS>>): number {
  const { limit } = session.options;
  if (limit === undefined) {
    return session.format === 'human' && session.report === undefined ? SCREENFUL : Number.POSITIVE_INFINITY;
  }
  if (!/^\d+$/.test(limit)) {
    throw new PortiaError('usage', `--limit ${limit} is not a number.`, { fix: '--limit 20, or --limit 0 for all' });
  }
  return limit === '0' ? Number.POSITIVE_INFINITY : Number(limit);
}
