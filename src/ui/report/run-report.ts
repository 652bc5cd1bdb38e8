import { withoutRounds } from '../../domain/plan/step-path.js';
import type { ReportedRun } from '../../domain/reported.js';
import { isStored, type Run } from '../../domain/run/run.js';
import type { StepCost } from '../../domain/run/step-costs.js';
import { bareName } from '../../domain/values/names.js';
import { grouped } from '../brief-value.js';
import { dollars } from '../estimate-view.js';
import { markup, type Markup } from '../pages/markup.js';
import { stateOfRun } from '../pages/run-page.js';
import { costTable } from '../pages/run-panels.js';
import { pill } from '../pages/state.js';
import { timelineSection } from '../pages/timeline-section.js';
import { valueView } from '../pages/value-view.js';
import { timelineOf, type Timeline } from '../pictures/timeline.js';
import { stepLines } from '../step-lines.js';
import { duration } from '../times.js';
import { actsTable } from './acts-section.js';
import { contents, figures, reportDocument, reportHead, section } from './document.js';
import type { ExactTimes } from './exact-times.js';
import { leadOf } from './lead.js';
import { originOf } from './origin-section.js';
import { questionList } from './people-section.js';
import { planDrawing } from './plan-section.js';
import { appendix, valueList } from './values-section.js';

export interface ReportContext {
  /** When the report is made. */
  now: Date;
  times: ExactTimes;
}

interface Section {
  id: string;
  heading: string;
  note?: string | undefined;
  content: Markup;
}

/** The report of a run: what came of it, its time, its people, what it changed, its values, cost, plan and origin. */
export function runReport(reported: ReportedRun, { now, times }: ReportContext): string {
  const { run, plan, isDriven } = reported;
  const title = plan?.plan_context.query ?? run.id;
  const timeline = reportTimeline(reported, now);
  const sections = sectionsOf(reported, { timeline, now, times });
  const made = { time: now.toISOString(), text: times.full(now.toISOString()) };
  const head = reportHead(
    { about: 'Report of a run', title, state: statePill(run, isDriven), made, zone: times.zone },
    markup`${leadOf(reported, timeline.rows, times)}${figures(runFigures(reported, timeline))}${contents(sections)}`,
  );
  const main = markup`${head}${sections.map((each) => section(each.id, each, each.content))}`;
  return reportDocument({ title, main });
}

/** A run in its time, as a report shows it. */
export function reportTimeline({ run, plan, events, isDriven }: ReportedRun, now: Date): Timeline {
  const known = events.length === 0 ? undefined : events;
  return timelineOf(run, { plan, events: known, now, isDriven, folds: true });
}

export function statePill(run: Run, isDriven: boolean): Markup {
  const isCancelled = run.error?.code === 'declined' && run.error.step === null;
  return pill(isCancelled ? 'cancelled' : stateOfRun(run, isDriven));
}

/** What a run took, as names with figures. */
export function runFigures({ run, costs }: ReportedRun, timeline: Timeline): [name: string, value: string][] {
  const done = run.steps.filter(
    ({ path, status }) => !/[.[]/.test(path) && (status === 'completed' || status === 'skipped'),
  );
  const sum = costs.reduce((total, cost) => total + (cost.dollars ?? 0), 0);
  const isPriced = costs.length > 0 && costs.every((cost) => cost.dollars !== undefined);
  return [
    ['Steps done', `${grouped(done.length)} of ${grouped(run.metadata.step_count)}`],
    ['Worked', duration(timeline.workedMs)],
    ['Waited for people', duration(timeline.waitedMs)],
    isPriced ? ['Cost', dollars(sum)] : ['Model calls', grouped(run.usage.calls)],
  ];
}

function sectionsOf(
  reported: ReportedRun,
  { timeline, now, times }: ReportContext & { timeline: Timeline },
): Section[] {
  const { run, plan, plans, acts, values, costs } = reported;
  const { clarifications } = run.outputs;
  const stubbed = run.stubbed ?? [];
  const large = appendix(values);
  const all: (Section | undefined)[] = [
    resultSection(reported),
    {
      id: 'time',
      heading: 'Time',
      note: 'Work is drawn to scale. Each wait for a person is folded to the same width, with its length above it.',
      content: timelineSection(timeline, { isOpen: true }),
    },
    clarifications.length === 0
      ? undefined
      : {
          id: 'people',
          heading: 'People',
          note: 'What was asked, and who said what.',
          content: questionList(clarifications, now, times),
        },
    acts.length === 0
      ? undefined
      : {
          id: 'acts',
          heading: 'What it changed',
          note: 'Every call that acts, once each. The key was handed to the other side.',
          content: actsTable(acts, { stubbed, start: run.metadata.created_at, times }),
        },
    values.length === 0
      ? undefined
      : {
          id: 'values',
          heading: 'Values',
          note: 'Inputs first, then what the steps left. Secrets are taken out.',
          content: valueList(values),
        },
    costs.length === 0 ? undefined : costSection(reported, costs),
    plan === undefined
      ? undefined
      : {
          id: 'plan',
          heading: 'Plan',
          note: 'Amber stopped for a person. The bolt marks what changed something outside.',
          content: planDrawing(plan, { id: 'plan', plans, ...marksOf(reported) }),
        },
    { id: 'proof', heading: 'Origin', content: originOf(reported) },
    large === undefined
      ? undefined
      : { id: 'appendix', heading: 'Appendix', note: 'Values of more than 20 kB, in full.', content: large },
  ];
  return all.flatMap((each) => each ?? []);
}

function resultSection({ run, values }: ReportedRun): Section | undefined {
  const { final_output: output } = run.outputs;
  if (run.state !== 'COMPLETE' || output === null) return undefined;
  const says = output.summary !== null && output.summary !== '' && markup`<p class="text">${output.summary}</p>`;
  const value = isStored(output)
    ? values.find(({ name }) => bareName(name) === bareName(output.output_name))?.value
    : output.value;
  const isLarge = value === undefined || JSON.stringify(value).length > 20_000;
  const shown = isLarge ? markup`<p class="meta">It is below, among the values.</p>` : valueView(value);
  return { id: 'result', heading: 'Result', content: markup`<div class="out box">${says}${shown}</div>` };
}

function costSection({ plan }: ReportedRun, costs: readonly StepCost[]): Section {
  const titles = new Map(stepLines(plan?.steps ?? []).map((line) => [line.path, line.text || line.who]));
  const isPriced = costs.every(({ dollars: cost }) => cost !== undefined);
  return {
    id: 'cost',
    heading: 'Cost',
    note: isPriced
      ? 'By the prices in the settings.'
      : 'Without a price in the settings the cost of a model is not known.',
    content: costTable(costs, (path) => titles.get(withoutRounds(path)) ?? ''),
  };
}

/** What happened at the steps of the plan: where people were asked, what acted, and which tools only read. */
function marksOf({ run, acts, events }: ReportedRun) {
  const asked = run.outputs.clarifications.map(({ path, step }) => withoutRounds(path ?? String(step ?? 0)));
  const reading = new Set<string>();
  for (const event of events) if (event.type === 'tool.started' && event.effect === 'read') reading.add(event.tool_id);
  return {
    asks: new Set(asked),
    acts: new Set(acts.map(({ path }) => withoutRounds(path))),
    isReading: (id: string) => reading.has(id),
  };
}
