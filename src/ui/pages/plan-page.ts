import type { Problem } from '../../domain/errors.js';
import { portia, spellAdvice, type SpellCommand } from '../../domain/next-step.js';
import { countPlan } from '../../domain/plan/inner-plans.js';
import type { PlanChange } from '../../domain/plan/plan-diff.js';
import type { PricedPlanEstimate } from '../../domain/plan/priced-estimate.js';
import type { Plan, PlanInput, Step } from '../../domain/plan/plan.js';
import { pathInPointer, placeOf, stepNumber } from '../../domain/plan/step-path.js';
import type { KnownPlans } from '../../domain/plan/inner-plans.js';
import { describeSchema } from '../../domain/values/schema-words.js';
import { count } from '../brief-value.js';
import { makeLook } from '../look.js';
import { planPicture, type ClosedBlock } from '../pictures/plan-picture.js';
import { planView } from '../plan-view.js';
import { withDollar } from '../step-notes.js';
import { icon } from './icons.js';
import type { Page } from './layout.js';
import { exact, markup, type Inlay, type Markup } from './markup.js';
import { command, joinedWords } from './parts.js';
import { commentsPanel, type CommentsShown } from './plan-comments.js';
import { changesView } from './plan-changes.js';
import { estimateText } from './plan-estimate.js';
import { pictureView } from './plan-picture.js';
import { panel } from './run-panels.js';
import { startForm, type StartForm } from './start-form.js';
import { pill } from './state.js';
import { briefView } from './value-view.js';

/** What the page of a plan shows. */
export interface ShownPlan {
  plan: Plan;
  plans: KnownPlans;
  /** What check says of it, with its notes. */
  problems: readonly Problem[];
  /** What a run would take of models. */
  estimate: PricedPlanEstimate;
  /** Whether a tool only reads. */
  isReading: (toolId: string) => boolean;
  /** Other plans, the newest first, and the one that it is compared with. */
  others: readonly { id: string; query: string }[];
  compared: { before: Plan; changes: readonly PlanChange[] } | undefined;
  /** What people say of its steps. */
  comments: CommentsShown;
  spell: SpellCommand;
  /** The form that starts a run; undefined where the server starts none. */
  start?: StartForm | undefined;
  /** Why the person who is here may not start it. */
  lack: string | undefined;
}

/** Pixels of the two drawings: CSS shows one. */
const WIDE = { width: 780, laneRoom: 76 };
const NARROW = { width: 302, laneRoom: 0 };
/** Steps that a sentence names. */
const MOST_NAMED = 12;

/** The page of a plan: in words what it would do, its picture, what check says, and what differs from another. */
export function planPage(shown: ShownPlan): Page {
  const { plan, problems } = shown;
  const title = plan.plan_context.query;
  return {
    title,
    section: 'plans',
    skipTo: { id: 'picture', words: 'Skip to the picture' },
    main: markup`<div class="title"><h1>${title}</h1>${verdict(problems)}</div>
<p class="sub"><span>Plan <span class="mono" title="${plan.id}">…${plan.id.slice(-12)}</span></span><span>${originOf(plan)}</span><span>${summaryOf(shown)}</span>${plan.derived_from !== undefined && markup`<a href="/plans/${plan.id}?compare=${plan.derived_from}#h-diff">compared with the one before</a>`}</p>
<div class="lay"><div class="col">${pictureSection(shown)}</div><div class="col aside">${startPanel(shown)}</div><div class="col">${problemsPanel(shown)}${commentsPanel(plan, shown.comments)}${comparePanel(shown)}</div></div>`,
  };
}

function verdict(problems: readonly Problem[]): Markup {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  if (errors === 0 && warnings === 0) return pill('done', 'No problems');
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  return errors > 0
    ? pill('failed', counts.join(', '))
    : markup`<span class="state pill s-ask">${icon('warning')}${counts.join(', ')}</span>`;
}

function originOf({ metadata: { planner } }: Plan): string {
  return planner === 'hand' ? 'written by hand' : `by the ${planner} planner`;
}

function summaryOf({ plan, plans }: ShownPlan): string {
  const { steps, tools, calls } = countPlan(plan, plans);
  const models =
    calls.least === 0 && !calls.open ? 'no model calls' : `${calls.least}${calls.open ? ' or more' : ''} model calls`;
  return [count(steps, 'step'), count(tools.length, 'tool'), models].join(', ');
}

function pathsOf(problems: readonly Problem[], rule: string): string[] {
  return problems
    .filter((problem) => problem.severity === 'note' && problem.rule === rule)
    .map(({ pointer }) => pathInPointer(pointer));
}

/** What the page of a closed block shows. */
export interface ShownBlock extends Pick<ShownPlan, 'plan' | 'plans' | 'problems' | 'isReading'> {
  inside: { step: Step; path: string };
}

/** The page of a block that is closed in the picture of its plan. */
export function planBlockPage(shown: ShownBlock): Page {
  const { plan, inside } = shown;
  const title = `Step ${stepNumber(inside.path)}`;
  return {
    title: `${title} · ${plan.plan_context.query}`,
    section: 'plans',
    skipTo: { id: 'picture', words: 'Skip to the picture' },
    main: markup`<p class="crumb"><a href="/plans/${plan.id}">${plan.plan_context.query}</a></p><div class="title"><h1>${title}</h1></div><p class="sub"><span>A block that is closed in the picture of its plan</span></p><div class="lay">${pictureSection(shown)}</div>`,
  };
}

function pictureSection({
  plan,
  plans,
  problems,
  isReading,
  inside,
}: Pick<ShownPlan, 'plan' | 'plans' | 'problems' | 'isReading'> & Partial<ShownBlock>): Markup {
  const marks = {
    asks: new Set(pathsOf(problems, 'asks-a-person')),
    acts: new Set(pathsOf(problems, 'acts')),
    isReading,
    inside,
  };
  const wide = planPicture(plan.steps, { ...WIDE, ...marks });
  const list = planView(plan, makeLook({ now: new Date(0), columns: 100 }), { plans });
  return markup`<section class="panel box picture" aria-labelledby="picture"><div class="panel-head"><h2 id="picture">What it does</h2><label class="opt"><input type="checkbox" id="flow"> Show where values go</label></div>
${pictureView(wide, { id: 'pic-w', kind: 'wide' })}
${pictureView(planPicture(plan.steps, { ...NARROW, ...marks }), { id: 'pic-n', kind: 'narrow' })}
${PICTURE_KEY}
${closedBlocks(plan, wide.closed)}
<details class="as-text"><summary>The same as a list</summary><pre tabindex="0">${exact(list)}</pre></details></section>`;
}

/** Blocks that have a page of their own. */
function closedBlocks({ id }: Plan, closed: readonly ClosedBlock[]): Markup | false {
  if (closed.length === 0) return false;
  const items = closed.map(({ path, number, title, inside }) => {
    const address = `/plans/${id}/block?${new URLSearchParams({ step: path }).toString()}`;
    return markup`<li><a href="${address}">${number} ${title}</a> <span class="meta">${inside}</span></li>`;
  });
  return markup`<details class="as-text"${closed.length <= MOST_NAMED && markup` open`}><summary>Closed in the picture: ${count(closed.length, 'block')}</summary><ul class="closed">${items}</ul></details>`;
}

const PICTURE_KEY = markup`<p class="pic-key"><span>${icon('waiting', 's-ask')}stops for a person</span><span>${icon('bolt')}changes something outside</span><span><svg viewBox="0 0 14 14" aria-hidden="true"><path class="p-side" d="M9 1H4v12h5"/></svg>side by side</span><span>${icon('k-tool')}tool</span><span>${icon('k-model')}model</span><span>${icon('k-agent')}agent</span><span>${icon('k-compute')}expression</span><span>${icon('k-ask')}question</span></p>`;

function startPanel({ plan, problems, estimate, spell, start, lack }: ShownPlan): Markup {
  const says = markup`<ul class="yes">${start !== undefined && markup`<li>${icon('done')}<span>Start is your yes to this plan as it stands, and to nothing else.</span></li>`}${stopsText(problems)}${actsText(problems)}${estimateText(estimate)}</ul>`;
  if (start !== undefined) return panel('h-start', 'Start a run', startForm(plan, start, says));
  const inputs = plan.plan_inputs.map(inputView);
  const required = plan.plan_inputs.filter((input) => input.default === undefined);
  const words = required.flatMap(({ name }) => ['-i', `${name.replace(/^\$/, '')}=VALUE`]);
  const how =
    lack === undefined
      ? command(spell(portia('run-plan', plan.id, ...words)))
      : markup`You may not start a run here. ${lack}`;
  return panel(
    'h-start',
    'Start a run',
    markup`${inputs.length > 0 && markup`<dl class="inputs">${inputs}</dl>`}<p>${how}</p>${says}`,
  );
}

function inputView({ name, description, default: standard, schema }: PlanInput): Markup {
  const kind = schema === undefined ? undefined : describeSchema(schema);
  const about = joinedWords([description, kind]);
  return markup`<dt class="name">${withDollar(name)}</dt><dd>${standard === undefined ? 'required' : briefView(standard)}${about !== '' && markup`<span class="hint">${about}</span>`}</dd>`;
}

function stopsText(problems: readonly Problem[]): Inlay {
  const at = [...new Set(pathsOf(problems, 'asks-a-person'))].map(stepNumber);
  return markup`<li>${icon('waiting', at.length > 0 ? 's-ask' : '')}<span>${at.length === 0 ? 'It asks no person.' : `It may stop for a person at ${listed(at)}.`}</span></li>`;
}

function actsText(problems: readonly Problem[]): Inlay {
  const notes = problems.filter(({ severity, rule }) => severity === 'note' && rule === 'acts');
  const places = new Map<string, string[]>();
  for (const { pointer, about = '' } of notes) {
    const tool = about.replace(/ \(.*\)$/, '');
    places.set(tool, [...(places.get(tool) ?? []), stepNumber(pathInPointer(pointer))]);
  }
  const acts = Array.from(places, ([tool, at]) => `${tool} at ${listed(at)}`);
  return markup`<li>${icon('bolt')}<span>${acts.length === 0 ? 'It only reads.' : `It acts with ${listed(acts)}.`}</span></li>`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED);
  if (names.length > MOST_NAMED) return `${shown.join(', ')} and ${count(names.length - MOST_NAMED, 'more step')}`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

function problemsPanel({ problems, spell }: ShownPlan): Markup | false {
  const found = problems.filter(({ severity }) => severity !== 'note');
  if (found.length === 0) return false;
  const items = found.map(({ severity, message, pointer, fix }) => {
    const isError = severity === 'error';
    const place = placeOf(pointer) || 'the whole';
    return markup`<li class="problem${!isError && markup` warn`}">${icon(isError ? 'failed' : 'warning', isError ? 's-fail' : 's-ask')}<p><span class="sr">${severity}: </span>${message}</p><span class="at">${place}</span>${fix !== undefined && markup`<p class="hint text">${spellAdvice(fix, spell)}</p>`}</li>`;
  });
  return panel('h-check', 'Check', markup`<ol>${items}</ol>`);
}

function comparePanel({ plan, others, compared }: ShownPlan): Markup | false {
  if (others.length === 0 && compared === undefined) return false;
  const options = others.map(
    ({ id, query }) =>
      markup`<option value="${id}"${id === compared?.before.id && markup` selected`}>${exact(`…${id.slice(-12)}  ${query}`)}</option>`,
  );
  const form = markup`<form class="vs" action="#h-diff"><label class="sr" for="compare">Compare with</label><select id="compare" name="compare">${options}</select><button class="btn">Compare</button></form>`;
  const changes = compared !== undefined && changesView(compared.changes, { before: compared.before, after: plan });
  return markup`<section class="panel box" aria-labelledby="h-diff"><div class="panel-head"><h2 id="h-diff">Compared with</h2>${form}</div>${changes}</section>`;
}
