import { portia } from '../domain/next-step.js';
import type { Schedule } from '../domain/schedule/schedule.js';
import { shortId, type ScheduleId } from '../domain/values/ids.js';
import { oneLine } from '../domain/values/printable.js';
import { shownTime } from '../domain/values/time-zones.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';

/** The schedules, then what a person has to decide. Ends with a newline. */
export function schedulesView(
  schedules: readonly (Schedule | { id: ScheduleId; unreadable: string })[],
  look: Look,
): string {
  if (schedules.length === 0) {
    const make = look.spell(portia('run-plan', 'PLAN', '--every', '0 9 * * 1-5', '--zone', 'Europe/Berlin'));
    return `There is no schedule. Make one: ${make}\n`;
  }
  const rows = schedules.map((each): Line[] => {
    const id = { text: shortId(each.id), paint: look.colour.cyan };
    if ('unreadable' in each) {
      return [id, { text: '-' }, { text: '-' }, { text: '-' }, { text: oneLine(`cannot be read: ${each.unreadable}`) }];
    }
    const { cron, zone, next_at: next, last, plan_id: planId, missed } = each;
    return [
      id,
      { text: oneLine(cron) },
      { text: next === null ? 'never again' : shownTime(Date.parse(next), zone) },
      { text: last === null ? '-' : shortId(last.run_id) },
      { text: `${shortId(planId)}  ${oneLine(zone)}  ${missed}` },
    ];
  });
  const table = layoutTable({ headers: ['SCHEDULE', 'EVERY', 'NEXT', 'LAST RUN', 'PLAN, ZONE, MISSED'], rows }, look);
  const questions = schedules.flatMap((each) => ('unreadable' in each ? [] : questionLines(each, look)));
  return `${[...table, ...(questions.length === 0 ? [] : ['', ...questions])].join('\n')}\n`;
}

function questionLines({ id, undecided: [first, ...more], zone }: Schedule, look: Look): string[] {
  if (first === undefined) return [];
  const times = count(more.length + 1, 'time');
  return [
    `${times} of ${shortId(id)} had no worker, from ${shownTime(Date.parse(first), zone)}. A run for each, or for none?`,
    `  ${look.spell(portia('queue', 'missed', id, 'run'))}`,
    `  ${look.spell(portia('queue', 'missed', id, 'skip'))}`,
  ];
}
