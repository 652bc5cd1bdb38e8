import { assertNever } from '../../domain/errors.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import type { ReportedRun } from '../../domain/reported.js';
import type { RunChange } from '../../domain/run/run-diff.js';
import { asText, isJsonObject, type Json } from '../../domain/values/json.js';
import type { ValueChange } from '../../domain/values/json-changes.js';
import { cutText } from '../../domain/values/cut-text.js';
import { count } from '../brief-value.js';
import { markup, type Inlay, type Markup } from '../pages/markup.js';
import { nameOfPointer } from '../pages/plan-changes.js';
import { scrolled } from '../pages/run-panels.js';
import { timelineSection } from '../pages/timeline-section.js';
import { stepLines } from '../step-lines.js';
import { withDollar } from '../step-notes.js';
import { contents, reportDocument, reportHead, section } from './document.js';
import { originOf } from './origin-section.js';
import { reportTimeline, runFigures, statePill, type ReportContext } from './run-report.js';

/** Differences of a report, and characters of a value in one. */
const MOST = 500;
const SHOWN = 2000;

/** Two runs beside each other: what they took, what differs, and their times. */
export function comparedRuns(
  pair: { before: ReportedRun; after: ReportedRun; changes: readonly RunChange[] },
  { now, times }: ReportContext,
): string {
  const { before, after, changes } = pair;
  const title = after.plan?.plan_context.query ?? after.run.id;
  const sections = [
    { id: 'figures', heading: 'What they took', content: figuresTable(pair, now) },
    { id: 'changes', heading: 'What differs', note: noteOf(changes), content: changesTable(pair) },
    { id: 'time-first', heading: 'Time of the first', content: timelineSection(reportTimeline(before, now)) },
    { id: 'time-second', heading: 'Time of the second', content: timelineSection(reportTimeline(after, now)) },
    { id: 'first', heading: 'Origin of the first', content: originOf(before) },
    { id: 'second', heading: 'Origin of the second', content: originOf(after) },
  ];
  const made = { time: now.toISOString(), text: times.full(now.toISOString()) };
  const started = [before, after].map(({ run }) => times.full(run.metadata.created_at));
  const lead = `The first was started on ${started[0] ?? ''}, the second on ${started[1] ?? ''}.`;
  const head = reportHead(
    { about: 'Two runs compared', title, made, zone: times.zone },
    markup`<p class="lead">${lead}</p>${contents(sections)}`,
  );
  return reportDocument({
    title,
    main: markup`${head}${sections.map((each) => section(each.id, each, each.content))}`,
  });
}

function noteOf(changes: readonly RunChange[]): string {
  return changes.length === 0
    ? 'Both did and gave the same. Times and ids do not count.'
    : `${count(changes.length, 'difference')}. Times and ids do not count.`;
}

function figuresTable({ before, after }: { before: ReportedRun; after: ReportedRun }, now: Date): Markup {
  const [one, other] = [before, after].map((reported) => new Map(runFigures(reported, reportTimeline(reported, now))));
  const names = [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])];
  const rows = names.map((name) => sideBySide(name, one?.get(name) ?? '', other?.get(name) ?? ''));
  const states = sideBySide('State', statePill(before.run, before.isDriven), statePill(after.run, after.isDriven));
  return beside('Figures of both', [states, ...rows]);
}

function changesTable({
  before,
  after,
  changes,
}: {
  before: ReportedRun;
  after: ReportedRun;
  changes: readonly RunChange[];
}): Markup {
  if (changes.length === 0) return markup``;
  const titles = new Map(
    [...stepLines(before.plan?.steps ?? []), ...stepLines(after.plan?.steps ?? [])].map(({ path, text, who }) => [
      path,
      text || who,
    ]),
  );
  const rows = changes.slice(0, MOST).flatMap((change) => rowsOf(change, titles));
  const rest =
    changes.length > MOST &&
    markup`<p class="meta">${count(changes.length - MOST, 'more difference')} are not shown.</p>`;
  return markup`${beside('Differences', rows)}${rest}`;
}

function rowsOf(change: RunChange, titles: ReadonlyMap<string, string>): Markup[] {
  const name = nameOf(change, titles);
  if (change.change === 'changed') {
    return change.keys.map((key, index) => sideBySide(index === 0 ? name : '', ...sidesOf(key)));
  }
  const value = briefly(change.part === 'step' ? change.step : change.value);
  return [change.change === 'added' ? sideBySide(name, '', value) : sideBySide(name, value, '')];
}

function sidesOf({ pointer, old, new: now }: ValueChange): [Inlay, Inlay] {
  const about = nameOfPointer(pointer);
  const side = (value: Json | undefined) =>
    value !== undefined && markup`<span class="meta">${about}</span> ${briefly(value)}`;
  return [side(old), side(now)];
}

function nameOf(change: RunChange, titles: ReadonlyMap<string, string>): string {
  switch (change.part) {
    case 'run':
      return 'The run';
    case 'input':
    case 'output':
      return `${change.part} ${withDollar(change.name)}`;
    case 'step':
      return `${stepNumber(change.path)} ${titles.get(change.path) ?? ''}`.trim();
    case 'final_output':
      return 'Result';
    default:
      return assertNever(change);
  }
}

function briefly(value: Json): string {
  const text = isJsonObject(value)
    ? Object.entries(value)
        .map(([name, item]) => `${name}: ${asText(item)}`)
        .join(', ')
    : asText(value);
  return cutText(text, SHOWN);
}

function sideBySide(name: string, one: Inlay, other: Inlay): Markup {
  const head = name === '' ? markup`<td></td>` : markup`<th scope="row">${name}</th>`;
  return markup`<tr>${head}<td class="text">${one}</td><td class="text">${other}</td></tr>`;
}

function beside(label: string, rows: readonly Markup[]): Markup {
  return scrolled(
    label,
    markup`<table class="beside"><thead><tr><th scope="col"><span class="sr">What</span></th><th scope="col">First</th><th scope="col">Second</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}
