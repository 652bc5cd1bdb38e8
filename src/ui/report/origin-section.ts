import type { RunEvent } from '../../domain/run/events.js';
import type { ReportedRun } from '../../domain/reported.js';
import { namesText } from '../../domain/run/who-may-answer.js';
import { count } from '../brief-value.js';
import { exact, markup, type Markup } from '../pages/markup.js';

/** Events that are shown as they are stored, and characters of one. */
const FIRST = 2;
const LINE = 400;

/** Where what the report says comes from: ids, digest, log. */
export function originOf({ run, events }: ReportedRun): Markup {
  const last = events.at(-1);
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Plan', run.plan_id],
    ...(run.plan_digest === '' ? [] : ([['Digest of the plan', run.plan_digest]] satisfies [string, string][])),
    [
      'Events',
      last === undefined
        ? 'none: the run comes from another program'
        : `${count(events.length, 'event')}, the last one ${last.type}`,
    ],
    ['Replaced tools', namesText(run.stubbed ?? [], 'and') ?? 'none: all calls were real'],
  ];
  const raw =
    last !== undefined &&
    markup`<details class="raw"><summary>First and last events, as they are stored</summary><pre tabindex="0">${exact(rawLines(events).join('\n'))}</pre></details>`;
  return markup`<dl class="proof">${facts.map(([name, value]) => markup`<dt>${name}</dt><dd class="mono">${value}</dd>`)}</dl>${raw}`;
}

function rawLines(events: readonly RunEvent[]): string[] {
  const lines = (some: readonly RunEvent[]) =>
    some.map((event) => {
      const line = JSON.stringify(event);
      return line.length > LINE ? `${line.slice(0, LINE)}…` : line;
    });
  if (events.length <= FIRST + 1) return lines(events);
  return [...lines(events.slice(0, FIRST)), '…', ...lines(events.slice(-1))];
}
