import { grouped } from '../brief-value.js';
import { isOfNote, type TimelineRow } from '../pictures/timeline-row.js';

/** Rows below each other that are all shown. */
const MOST = 200;
const FIRST = 20;
/** Rows that a person should see, and are kept. */
const MOST_NOTED = 100;

/** Of many steps below each other the first, those of note and the last; the others are folded. Also in blocks. */
export function foldedRows(rows: readonly TimelineRow[]): TimelineRow[] {
  const open = rows.map((row) => ({ ...row, rows: foldedRows(row.rows) }));
  if (open.length <= MOST) return open;
  const noted = open.filter(isOfNote).slice(0, MOST_NOTED);
  const kept = new Set([...open.slice(0, FIRST), ...noted, ...open.slice(-1)]);
  const shown: TimelineRow[] = [];
  let folded: TimelineRow[] = [];
  for (const row of open) {
    if (!kept.has(row)) {
      folded.push(row);
      continue;
    }
    if (folded.length > 0) shown.push(foldedRow(folded));
    folded = [];
    shown.push(row);
  }
  return shown;
}

function foldedRow(rows: readonly TimelineRow[]): TimelineRow {
  const [first] = rows;
  const states = new Set(rows.map(({ state }) => state));
  const isAll = (state: TimelineRow['state']) => states.size === 1 && states.has(state);
  const how = isAll('done') ? ', all done' : isAll('pending') ? ', not reached' : '';
  return {
    ...{ kind: 'folded', path: first?.path ?? '', number: '', title: `${grouped(rows.length)} more${how}` },
    state: isAll('pending') ? 'pending' : rows.some(({ state }) => state === 'failed') ? 'failed' : 'done',
    ...{ bars: [], workedMs: 0, waitedMs: 0, rows: [], attempts: [] },
  };
}
