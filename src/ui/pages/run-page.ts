import { stepAt } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isStored, type Run } from '../../domain/run/run.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { StepCost } from '../../domain/run/step-costs.js';
import type { SpellCommand } from '../../domain/next-step.js';
import { grouped } from '../brief-value.js';
import { dollars } from '../estimate-view.js';
import { stepTitle } from '../pictures/step-title.js';
import type { BlockPart, LoopPart, TimelineRow } from '../pictures/timeline-row.js';
import type { Timeline } from '../pictures/timeline.js';
import { stepLines } from '../step-lines.js';
import { duration } from '../times.js';
import type { Page } from './layout.js';
import { livePart } from './live-part.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { moment } from './parts.js';
import { nextSection } from './run-next.js';
import { costTable, eventsTable, panel, questionsPanel, valuesPanel } from './run-panels.js';
import { pill, type StateName } from './state.js';
import { StepMore, type StepLinks } from './step-more.js';
import { timelineSection } from './timeline-section.js';
import { valueView } from './value-view.js';

/** What the page of a run shows. */
export interface ShownRun {
  run: Run;
  /** Undefined when it is not here. */
  plan: Plan | undefined;
  /** Who drives it now. */
  owner?: object | undefined;
  now: Date;
  timeline: Timeline;
  /** The same, drawn. */
  steps: Markup;
  /** What the models took by step; undefined where the run is too long to be read for it. */
  costs: readonly StepCost[] | undefined;
  /** The newest events; undefined where the run is too long. */
  recent: readonly RunEvent[] | undefined;
  /** Which steps are shown. */
  filter: StepFilter;
  spell: SpellCommand;
  /** Cancelling, resuming: forms of the server. */
  actions?: Inlay;
}

/** A choice of steps. */
export interface StepFilter {
  show: keyof typeof SHOWN;
  find: string;
}

/** Steps below each other that are shown of those that fit. */
const MOST_FOUND = 100;

/** The choices by the value that stands in the address. */
const SHOWN = {
  all: 'All steps',
  open: 'Waiting or failed',
  tool: 'With a tool',
  model: 'With a model',
} as const;

/** The page of a run: what it wants, then the tree of its steps in their time, then what they left. */
export function runPage(shown: ShownRun): Page {
  const { run, plan, owner, now } = shown;
  const title = plan?.plan_context.query ?? run.id;
  const state = stateOfRun(run, owner !== undefined);
  const links = linksOf(run.id);
  return {
    title,
    section: 'runs',
    skipTo: { id: 'steps', words: 'Skip to the steps' },
    main: markup`${livePart('head', head(shown, title, state))}
${livePart('next', nextSection({ run, state, isDriven: owner !== undefined, now, spell: shown.spell }))}
${livePart('result', resultOf(run))}
${livePart('stats', statsOf(shown))}
<div class="bar-head"><h2 id="steps">Steps</h2>${filterForm(shown.filter)}</div>
${livePart('timeline', shown.steps)}
${livePart('panels', markup`<div class="two">${questionsPanel(run, now, links.question)}${costPanel(shown)}${valuesPanel(run, links)}${eventsPanel(shown)}</div>`)}`,
  };
}

/** The steps of a run in their time, as far as they fit the filter. */
export function stepsSection(run: Run, timeline: Timeline, filter: StepFilter): Markup {
  const more = new StepMore(run, linksOf(run.id));
  const rows = filtered(timeline.rows, filter);
  return rows.length === 0
    ? markup`<p class="box panel meta">${run.steps.length === 0 ? 'No step has begun.' : 'No step fits.'}</p>`
    : timelineSection({ ...timeline, rows }, { more: (row) => more.of(row), linkTo: partLink(run.id) });
}

/** Where more of the steps of a run is. */
export function linksOf(id: string): StepLinks {
  const home = `/runs/${id}`;
  return {
    values: `${home}/values`,
    value: (name: string) => `${home}/values/${encodeURIComponent(name)}`,
    prompts: (path: string) => `${home}/prompts?${new URLSearchParams({ step: path }).toString()}`,
    question: (question: { id: string }) => `/questions/${id}/${question.id}`,
    run: (other: string) => `/runs/${other}`,
  };
}

/** Where rounds and steps are that are folded together. */
export function partLink(id: string): (part: LoopPart | BlockPart) => string {
  return (part) => {
    const from = String(part.first);
    const [page, query] =
      'loop' in part
        ? ['rounds', { loop: part.loop, from }]
        : ['steps', { ...(part.block !== '' && { in: part.block }), from }];
    return `/runs/${id}/${page}?${new URLSearchParams(query).toString()}`;
  };
}

function head({ run, plan, now, actions }: ShownRun, title: string, state: StateName): Markup {
  const { created_at: created, last_seq: seq } = run.metadata;
  const declined = run.error?.code === 'declined' && run.error.step === null;
  const planLink =
    plan === undefined
      ? markup`<span class="mono" title="${run.plan_id}">…${run.plan_id.slice(-12)}</span>`
      : markup`<a class="mono" href="/plans/${run.plan_id}" title="${run.plan_id}">…${run.plan_id.slice(-12)}</a>`;
  return markup`<div class="title"><h1>${title}</h1><span data-say>${pill(declined ? 'cancelled' : state)}</span>${run.stubbed !== undefined && markup`<span class="acts replaced">Replaced: ${run.stubbed.join(', ')}</span>`}${actions}</div>
<p class="sub"><span>Run <span class="mono" title="${run.id}">…${run.id.slice(-12)}</span></span><span>of plan ${planLink}</span>${seq > 0 && markup`<span>started ${moment(created, now)}</span>`}${run.parent_run !== undefined && markup`<span>inside <a class="mono" href="/runs/${run.parent_run.id}">…${run.parent_run.id.slice(-12)}</a></span>`}</p>`;
}

function resultOf({ state, outputs: { final_output: output }, id }: Run): Markup | false {
  if (state !== 'COMPLETE' || output === null) return false;
  const shown = isStored(output)
    ? markup`${output.summary} <a href="/runs/${id}/values/${encodeURIComponent(output.output_name)}">all of it</a>`
    : markup`${output.summary !== null && markup`<p class="text">${output.summary}</p>`}${valueView(output.value)}`;
  return panel('h-result', 'Result', shown);
}

function statsOf({ run, timeline, costs }: ShownRun): Markup {
  const done = run.steps.filter(
    ({ path, status }) => !path.includes('.') && status !== 'running' && status !== 'waiting' && status !== 'failed',
  );
  const loop = timeline.rows.find(({ state, rounds }) => rounds !== undefined && state !== 'done');
  const { calls, input_tokens: input, output_tokens: output } = run.usage;
  const isPriced = costs !== undefined && costs.length > 0 && costs.every((cost) => cost.dollars !== undefined);
  const sum = costs?.reduce((total, cost) => total + (cost.dollars ?? 0), 0) ?? 0;
  const tokens = `${grouped(input + output)} tokens`;
  const stat = (name: string, value: Inlay, small: Inlay) =>
    markup`<div><dt class="label">${name}</dt><dd>${value}${small !== false && markup` <small>${small}</small>`}</dd></div>`;
  return markup`<dl class="stats">${stat('Steps done', `${grouped(done.length)} of ${grouped(run.metadata.step_count)}`, loop !== undefined && `step ${loop.number}: ${loop.rounds ?? ''}`)}${stat('Worked', duration(timeline.workedMs), false)}${stat('Waited for people', duration(timeline.waitedMs), false)}${isPriced ? stat('Cost', dollars(sum), tokens) : stat('Model calls', grouped(calls), calls > 0 && tokens)}</dl>`;
}

function filterForm({ show, find }: StepFilter): Markup {
  const options = Object.entries(SHOWN).map(
    ([value, words]) => markup`<option value="${value}"${value === show && markup` selected`}>${words}</option>`,
  );
  return markup`<form class="tools" action="#steps"><label class="sr" for="show">Which steps</label><select id="show" name="show">${options}</select><label class="sr" for="find">Find a step</label><input id="find" name="find" type="search" value="${find}" placeholder="Find a step"><button class="btn">Show</button></form>`;
}

function filtered(rows: readonly TimelineRow[], filter: StepFilter): TimelineRow[] {
  if (filter.show === 'all' && filter.find === '') return [...rows];
  const found = rows.flatMap((row) => {
    if (row.kind === 'folded') return [];
    const inside = filtered(row.rows, filter);
    return inside.length > 0 || isWanted(row, filter) ? [{ ...row, rows: inside }] : [];
  });
  const [next] = found.slice(MOST_FOUND);
  if (next === undefined) return found;
  const title = `${grouped(found.length - MOST_FOUND)} more fit: find fewer with other words`;
  const more: TimelineRow = { ...next, kind: 'folded', number: '', title, state: 'done', bars: [], rows: [] };
  return [...found.slice(0, MOST_FOUND), more];
}

function isWanted({ state, line, title, number, kind }: TimelineRow, { show, find }: StepFilter): boolean {
  if (!`${number} ${title} ${line?.who ?? ''} ${line?.output ?? ''}`.toLowerCase().includes(find.toLowerCase()))
    return false;
  switch (show) {
    case 'all':
      return true;
    case 'open':
      return state === 'waiting' || state === 'failed' || state === 'unknown' || state === 'declined';
    case 'tool':
      return kind === 'step' && line?.symbol === 'tool';
    case 'model':
      return line?.symbol === 'model' || line?.symbol === 'agent';
  }
}

function costPanel({ run, plan, costs }: ShownRun): Markup | false {
  const { calls, input_tokens: input, output_tokens: output } = run.usage;
  if (calls === 0) return false;
  if (costs === undefined) {
    return panel(
      'h-cost',
      'Cost',
      markup`<p>${grouped(calls)} model calls, ${grouped(input)} tokens in, ${grouped(output)} out.</p>`,
    );
  }
  const steps = plan?.steps ?? [];
  const titles = new Map(
    stepLines(steps).map((line) => [line.path, stepTitle(stepAt(steps, line.path), line, line.path)]),
  );
  return panel(
    'h-cost',
    'Cost',
    costTable(costs, (path) => titles.get(path.replace(/\[\d+\]/g, '')) ?? ''),
  );
}

function eventsPanel({ run, recent }: ShownRun): Markup | false {
  const { last_seq: all } = run.metadata;
  if (all === 0) return false;
  const home = `/runs/${run.id}/events`;
  const links = markup`<a href="${home}">Show all</a> or <a href="${home}.ndjson" download="events.ndjson">download events.ndjson</a>`;
  const shown =
    recent === undefined
      ? markup`<footer>${grouped(all)} events. ${links}</footer>`
      : markup`${eventsTable(recent)}<footer>${recent.length} of ${grouped(all)}. ${links}</footer>`;
  return panel('h-events', 'Events', shown);
}

/** How a run stands, as pages show it. */
export function stateOfRun(run: Pick<Run, 'state' | 'error' | 'pause'>, isDriven: boolean): StateName {
  switch (run.state) {
    case 'COMPLETE':
      return 'done';
    case 'FAILED':
      return run.error === null ? 'cancelled' : run.error.code === 'declined' ? 'declined' : 'failed';
    case 'NEED_CLARIFICATION':
      return 'waiting';
    case 'READY_TO_RESUME':
      return 'ready';
    case 'IN_PROGRESS':
      return isDriven ? 'running' : run.pause?.reason === 'budget' ? 'limit' : 'stopped';
    case 'NOT_STARTED':
      return 'pending';
  }
}
