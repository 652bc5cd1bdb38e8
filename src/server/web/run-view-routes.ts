import type { Hono } from 'hono';
import { stream } from 'hono/streaming';

import { modelExchanges } from '../../app/model-exchanges.js';
import { outputValue } from '../../app/output-value.js';
import { PortiaError } from '../../domain/errors.js';
import { stepsIn } from '../../domain/plan/plan-steps.js';
import { isInside } from '../../domain/plan/step-path.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import { stepCosts } from '../../domain/run/step-costs.js';
import { isRunId } from '../../domain/values/ids.js';
import { bareName } from '../../domain/values/names.js';
import type { ReadOptions, StoredRun } from '../../storage/store.js';
import type { Markup } from '../../ui/pages/markup.js';
import { runPage, stepsSection, type StepFilter } from '../../ui/pages/run-page.js';
import {
  eventsPage,
  MOST_OF_PAGE,
  promptsPage,
  roundsPage,
  stepsPage,
  valuePage,
  valuesPage,
} from '../../ui/pages/run-parts-pages.js';
import { valuesOf } from '../../ui/pages/run-panels.js';
import { RoundRecords } from '../../ui/pictures/round-records.js';
import { timelineOf, type Timeline, type TimelineOptions } from '../../ui/pictures/timeline.js';
import { liveAddress } from './live-address.js';
import { actionsOf } from './run-list-routes.js';
import { requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';

/** Events of a run that is drawn with every try and stop: the log of a longer one takes too long to read for a page. */
const MOST_READ = 3000;
/** The newest events on the page of a run. */
const RECENT = 6;

/** A run, and the pages of its rounds, events, values and model calls. */
export function runViewRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store, now, settings } = site.services;
  const { known } = site;
  app.get('/runs/:id', async (context) => {
    const stored = await runOf(context, site);
    const isShort = stored.hasLog && stored.run.metadata.last_seq <= MOST_READ;
    const events = isShort ? await store.readEvents(stored.run.id) : undefined;
    const { run, owner } = isShort && stored.run.step_totals !== undefined ? await runOf(context, site, ALL) : stored;
    const plan = await known.plan(run.plan_id);
    const filter: StepFilter = { show: shownIn(context), find: context.req.query('find')?.trim() ?? '' };
    const drawn = drawnSteps({ run, plan, events, now: now(), isDriven: owner !== undefined }, filter);
    return respond(context, site, {
      ...runPage({
        ...{ run, plan, owner, ...drawn, now: now(), spell: site.spell },
        actions: actionsOf(context, site, run),
        costs: events && stepCosts(events, settings.prices),
        recent: events?.slice(-RECENT),
        filter,
      }),
      // The number of open questions is on the page, too.
      live: liveAddress({ runs: [run.id], lists: true }),
    });
  });
  app.get('/runs/:id/rounds', async (context) => {
    const loop = context.req.query('loop') ?? '';
    const { run, owner } = await runOf(context, site, { keeps: (path) => path.startsWith(`${loop}[`) });
    const rounds = new RoundRecords(run.steps).roundsOf(loop);
    const of = rounds.at(-1)?.round ?? 0;
    if (of === 0) throw new PortiaError('not-found', `${run.id} has no rounds of ${JSON.stringify(loop)}.`);
    const first = pageFrom(context, of);
    const part = { loop, first, last: Math.min(of, first + MOST_OF_PAGE - 1) };
    const plan = await known.plan(run.plan_id);
    const timeline = timelineOf(run, { plan, part, now: now(), isDriven: owner !== undefined });
    return respond(context, site, roundsPage({ run, plan }, { ...part, of }, timeline));
  });
  app.get('/runs/:id/steps', async (context) => {
    const { run, owner } = await runOf(context, site);
    const block = context.req.query('in') ?? '';
    const plan = await known.plan(run.plan_id);
    const of = stepsIn(plan?.steps ?? [], block)?.length ?? 0;
    if (of === 0) throw new PortiaError('not-found', `${run.id} has no steps in ${JSON.stringify(block)}.`);
    const first = pageFrom(context, of);
    const part = { block, first, last: Math.min(of, first + MOST_OF_PAGE - 1) };
    const timeline = timelineOf(run, { plan, part, now: now(), isDriven: owner !== undefined, folds: true });
    return respond(context, site, stepsPage({ run, plan }, { ...part, of }, timeline));
  });
  partRoutes(app, site);
  logRoutes(app, site);
}

/** The log of a run: 100 events of a page, or all of them as they are stored. */
function logRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/runs/:id/events', async (context) => {
    const { run } = await runOf(context, site);
    const all = await store.readEvents(run.id);
    const first = pageFrom(context, all.length);
    const events = all.slice(first - 1, first - 1 + MOST_OF_PAGE);
    const about = { run, plan: await site.known.plan(run.plan_id) };
    return respond(context, site, eventsPage(about, { events, first, of: all.length }));
  });
  app.get('/runs/:id/events.ndjson', async (context) => {
    const { run } = await runOf(context, site);
    context.header('Content-Type', 'application/x-ndjson; charset=utf-8');
    context.header('Content-Disposition', 'attachment; filename="events.ndjson"');
    return stream(context, async (out) => {
      for await (const line of store.readLines(run.id)) await out.write(`${line}\n`);
    });
  });
}

/** The values and the model calls of a run, in full. */
function partRoutes(app: Hono<WebEnvironment>, site: Site): void {
  const { store } = site.services;
  app.get('/runs/:id/values', async (context) => {
    const { run } = await runOf(context, site);
    const of = valuesOf(run).length;
    const about = { run, plan: await site.known.plan(run.plan_id) };
    return respond(context, site, valuesPage(about, pageFrom(context, of)));
  });
  app.get('/runs/:id/values/:name', async (context) => {
    const { run } = await runOf(context, site);
    const name = context.req.param('name');
    const values = Object.entries({ ...run.plan_run_inputs, ...run.outputs.step_outputs });
    const found = values.find(([known]) => bareName(known) === bareName(name))?.[1];
    if (found === undefined) throw new PortiaError('not-found', `${run.id} has no value ${JSON.stringify(name)}.`);
    const about = { run, plan: await site.known.plan(run.plan_id) };
    return respond(context, site, valuePage(about, name, await outputValue(store, run, found)));
  });
  app.get('/runs/:id/prompts', async (context) => {
    const { run } = await runOf(context, site);
    const step = context.req.query('step');
    const exchanges = await modelExchanges(
      store,
      run.id,
      (path) => step === undefined || path === step || isInside(path, step),
    );
    return respond(
      context,
      site,
      promptsPage({ run, plan: await site.known.plan(run.plan_id) }, exchanges.slice(0, MOST_OF_PAGE)),
    );
  });
}

interface DrawnSteps {
  timeline: Timeline;
  steps: Markup;
}

/** All steps of runs that are over: what does not change is drawn once. */
const drawnOnce = new WeakMap<Run, DrawnSteps>();

function drawnSteps({ run, ...known }: TimelineOptions & { run: Run }, filter: StepFilter): DrawnSteps {
  const isAll = filter.show === 'all' && filter.find === '';
  const before = isAll ? drawnOnce.get(run) : undefined;
  if (before !== undefined) return before;
  const timeline = timelineOf(run, { ...known, folds: isAll });
  const drawn = { timeline, steps: stepsSection(run, timeline, filter) };
  if (isAll && isFinal(run)) drawnOnce.set(run, drawn);
  return drawn;
}

const ALL: ReadOptions = { keeps: () => true };

/** As far as it is shown at once, or with more rounds of its loops. */
async function runOf(context: WebContext, { services, known }: Site, options?: ReadOptions): Promise<StoredRun> {
  requireRole(context, 'look');
  const id = context.req.param('id') ?? '';
  if (!isRunId(id)) throw new PortiaError('not-found', `There is no run ${JSON.stringify(id)}.`);
  return options === undefined ? known.run(id) : services.store.requireRun(id, options);
}

/** The first of a page, from 1, within those that there are. */
function pageFrom(context: WebContext, of: number): number {
  const wanted = Math.trunc(Number(context.req.query('from') ?? 1)) || 1;
  return Math.max(1, Math.min(of, wanted));
}

function shownIn(context: WebContext): StepFilter['show'] {
  const wanted = context.req.query('show');
  return wanted === 'open' || wanted === 'tool' || wanted === 'model' ? wanted : 'all';
}
