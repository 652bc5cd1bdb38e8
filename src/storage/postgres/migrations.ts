import plansAndRuns from './migrations/0001-plans-and-runs.sql';
import endUsers from './migrations/0002-end-users.sql';
import queue from './migrations/0003-queue.sql';
import signers from './migrations/0004-signers.sql';
import planning from './migrations/0005-planning.sql';
import schedules from './migrations/0006-schedules.sql';
import sealedAnswers from './migrations/0007-sealed-answers.sql';
import signals from './migrations/0008-signals.sql';
import pauses from './migrations/0009-pauses.sql';
import places from './migrations/0010-places.sql';
import refusals from './migrations/0011-refusals.sql';
import notices from './migrations/0012-notices.sql';
import waking from './migrations/0013-waking.sql';
import watchers from './migrations/0014-watchers.sql';
import comments from './migrations/0015-comments.sql';
import modelCalls from './migrations/0016-model-calls.sql';

/**
 * Forward only. The number of a migration is its place, from 1; what was released is never changed.
 *
 * `worksFrom` is the oldest version of the tables whose portia can also work with what comes out. Without it, that is the
 * migration's own number. The migrations of a release leave the release before it working, so that both can work side by side.
 */
export const MIGRATIONS: readonly { statements: string; worksFrom?: number }[] = [
  { statements: plansAndRuns },
  { statements: endUsers },
  { statements: queue },
  { statements: signers },
  { statements: planning },
  { statements: schedules },
  { statements: sealedAnswers },
  { statements: signals },
  { statements: pauses },
  { statements: places },
  { statements: refusals, worksFrom: 10 },
  { statements: notices, worksFrom: 10 },
  { statements: waking, worksFrom: 10 },
  { statements: watchers, worksFrom: 10 },
  { statements: comments, worksFrom: 10 },
  { statements: modelCalls, worksFrom: 10 },
];

/** The version of the tables that this portia works with. */
export const TABLES_VERSION = MIGRATIONS.length;
