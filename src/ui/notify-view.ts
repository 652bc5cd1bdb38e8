import { shortId } from '../domain/values/ids.js';
import { oneLine } from '../domain/values/printable.js';
import { isFailedTry, noticeWords, type ShownNotice } from './notice-words.js';
import type { Look } from './look.js';
import { layoutTable } from './table.js';

interface ShownTarget {
  name: string;
  to: string;
  on: readonly string[];
  plans?: string;
  source: string;
}

/** Who is told of what, then what did not arrive. Ends with a newline. */
export function notifyView(
  { targets, unsent }: { targets: readonly ShownTarget[]; unsent: readonly ShownNotice[] },
  look: Look,
): string {
  if (targets.length === 0) {
    return 'Nobody is told of runs. To tell somebody: "notify": {"team": {"to": "slack:SLACK_WEBHOOK"}} in your settings.\n';
  }
  const rows = targets.map(({ name, to, on, plans, source }) => [
    { text: name, paint: look.colour.cyan },
    { text: oneLine(to) },
    { text: on.length === 0 ? 'escalations' : on.join(', ') },
    { text: oneLine([plans ?? 'every plan', source].join('  ')) },
  ]);
  const table = layoutTable({ headers: ['TARGET', 'TO', 'ON', 'PLANS, FROM'], rows }, look);
  const late = unsent.filter(isFailedTry).map((notice) => `${shortId(notice.id)}  ${noticeWords(notice)}`);
  return `${[...table, ...(late.length === 0 ? [] : ['', 'Not sent', ...late.map((line) => `  ${line}`)])].join('\n')}\n`;
}
