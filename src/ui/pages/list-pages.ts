import type { SpellCommand } from '../../domain/next-step.js';
import { portiaTyped } from '../../domain/next-step.js';
import { RUN_STATES, type RunState } from '../../domain/run/run.js';
import { shortId } from '../../domain/values/ids.js';
import type { ListedPlan, ListedRun } from '../list-view.js';
import { count } from '../brief-value.js';
import { STATE_WORDS } from '../run-state.js';
import type { Page } from './layout.js';
import { livePart } from './live-part.js';
import { exact, markup, type Markup } from './markup.js';
import { command, moment } from './parts.js';
import { state, type StateName } from './state.js';

/** One page of a list. */
export interface Listing<Row> {
  rows: Row[];
  /** Of all pages, that fit the search. */
  total: number;
  /** From 1. */
  page: number;
  pages: number;
  find: string;
  now: Date;
  spell: SpellCommand;
}

/** Rows of one page. */
export const ROWS_PER_PAGE = 50;

/** The runs, the newest first. */
export function runsPage(listing: Listing<ListedRun> & { state: RunState | undefined }): Page {
  const { rows, total, find, now } = listing;
  const query = { ...(listing.state !== undefined && { state: listing.state }) };
  return {
    title: 'Runs',
    section: 'runs',
    main: markup`<div class="head"><div><h1>Runs</h1>${livePart('known', markup`<p>${total === 0 ? emptyWords(find !== '' || listing.state !== undefined, 'runs') : count(total, 'run')}</p>${total === 0 && find === '' && listing.state === undefined && markup`<p>Start one: ${command(listing.spell(portiaTyped('run', '"…"')))}</p>`}`)}</div>${filter('/runs', find, stateChoice(listing.state))}</div>
${livePart(
  'rows',
  rows.length > 0 &&
    table(
      'Runs',
      ['state', 'request', 'steps', 'changed', 'run'],
      rows.map((row) => runRow(row, now)),
    ),
)}
${livePart('paging', paging('/runs', query, listing))}`,
  };
}

function emptyWords(isSearched: boolean, what: string): string {
  return isSearched ? `No ${what} fit this.` : `There are no ${what} yet.`;
}

function stateChoice(chosen: RunState | undefined): Markup {
  const options = RUN_STATES.map(
    (name) =>
      markup`<option value="${name}"${name === chosen && markup` selected`}>${exact(STATE_WORDS[name])}</option>`,
  );
  return markup`<label class="sr" for="state">State</label><select id="state" name="state"><option value="">Every state</option>${options}</select>`;
}

function runRow(run: ListedRun, now: Date): Markup {
  const [to, id] = [`/runs/${run.id}`, markup`<span class="mono">${shortId(run.id)}</span>`];
  if ('problem' in run)
    return markup`<tr data-stop data-key="${run.id}"><td>${state('failed', 'Unreadable')}</td><td class="words"><a href="${to}">${run.problem}</a></td><td></td><td></td><td>${id}</td></tr>`;
  return markup`<tr data-stop data-key="${run.id}"><td>${state(listedState(run))}</td><td class="words"><a href="${to}">${run.query || shortId(run.id)}</a></td><td class="num">${run.done} of ${run.steps}</td><td>${moment(run.updatedAt, now)}</td><td>${id}</td></tr>`;
}

function listedState({
  state: name,
  isDriven,
  isDeclined,
  openQuestions,
}: Exclude<ListedRun, { problem: string }>): StateName {
  if (name === 'COMPLETE') return 'done';
  if (name === 'FAILED') return isDeclined ? 'declined' : 'failed';
  if (isDriven) return 'running';
  if (openQuestions > 0) return 'waiting';
  if (name === 'READY_TO_RESUME') return 'ready';
  return name === 'NOT_STARTED' ? 'pending' : 'stopped';
}

/** The plans, the newest first. */
export function plansPage(listing: Listing<ListedPlan>): Page {
  const { rows, total, find, now } = listing;
  return {
    title: 'Plans',
    section: 'plans',
    main: markup`<div class="head"><div><h1>Plans</h1><p>${total === 0 ? emptyWords(find !== '', 'plans') : count(total, 'plan')}</p>${total === 0 && find === '' && markup`<p>Make one: ${command(listing.spell(portiaTyped('plan', '"…"')))}</p>`}</div>${filter('/plans', find)}</div>
${
  rows.length > 0 &&
  table(
    'Plans',
    ['request', 'steps', 'made', 'planner', 'plan'],
    rows.map((row) => planRow(row, now)),
  )
}
${paging('/plans', {}, listing)}`,
  };
}

function planRow(plan: ListedPlan, now: Date): Markup {
  const [to, id] = [`/plans/${plan.id}`, markup`<span class="mono">${shortId(plan.id)}</span>`];
  if ('problem' in plan)
    return markup`<tr data-stop><td class="words"><a href="${to}">${plan.problem}</a></td><td></td><td></td><td></td><td>${id}</td></tr>`;
  return markup`<tr data-stop><td class="words"><a href="${to}">${plan.query || shortId(plan.id)}</a></td><td class="num">${plan.steps}</td><td>${moment(plan.createdAt, now)}</td><td>${plan.planner}</td><td>${id}</td></tr>`;
}

function table(name: string, heads: readonly string[], rows: Markup[]): Markup {
  return markup`<div class="box rows scroll" tabindex="0" role="region" aria-label="${name}"><table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function filter(path: string, find: string, more?: Markup): Markup {
  return markup`<form class="filter" role="search" action="${path}">${more}<label class="sr" for="find">Find</label><input id="find" name="find" type="search" placeholder="Find" value="${find}"><button class="btn">Find</button></form>`;
}

function paging(
  path: string,
  query: Record<string, string>,
  { page, pages, total, find, rows }: Listing<unknown>,
): Markup | undefined {
  if (total === 0) return undefined;
  const to = (number: number) =>
    `${path}?${new URLSearchParams({ ...query, ...(find !== '' && { find }), page: String(number) }).toString()}`;
  const first = (page - 1) * ROWS_PER_PAGE + 1;
  return markup`<nav class="pages" aria-label="Pages of the list"><span>${first} to ${first + rows.length - 1} of ${total}</span><span>${page > 1 && markup`<a href="${to(page - 1)}" rel="prev">Newer</a> `}${page < pages && markup`<a href="${to(page + 1)}" rel="next">Older</a>`}</span></nav>`;
}
