import type { Plan } from '../../domain/plan/plan.js';
import { stepNumber, stepsAround } from '../../domain/plan/step-path.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { ModelExchange } from '../../domain/run/model-exchange.js';
import type { Run } from '../../domain/run/run.js';
import type { Json } from '../../domain/values/json.js';
import { grouped } from '../brief-value.js';
import type { BlockPart, LoopPart } from '../pictures/timeline-row.js';
import type { Timeline } from '../pictures/timeline.js';
import { exchangeParts, exchangeTitle } from '../prompts-view.js';
import { withDollar } from '../step-notes.js';
import type { Page } from './layout.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { eventsTable, valuesOf, valuesTable } from './run-panels.js';
import { linksOf, partLink } from './run-page.js';
import { StepMore } from './step-more.js';
import { timelineSection } from './timeline-section.js';
import { valueView } from './value-view.js';

/** What pages about a part of a run have in common. */
interface Part {
  run: Run;
  plan: Plan | undefined;
}

/** Rounds, steps, values and events of one page. */
export const MOST_OF_PAGE = 100;

/** Some rounds of a loop, with all their steps. */
export function roundsPage({ run, plan }: Part, part: LoopPart & { of: number }, timeline: Timeline): Page {
  const { loop, first, last, of } = part;
  const more = new StepMore(run, linksOf(run.id));
  const link = (from: number) =>
    `/runs/${run.id}/rounds?${new URLSearchParams({ loop, from: String(from) }).toString()}`;
  const shown =
    timeline.rows.length === 0
      ? markup`<p class="box panel meta">None of these rounds has begun.</p>`
      : timelineSection(timeline, { more: (row) => more.of(row), linkTo: partLink(run.id) });
  return partPage(
    { run, plan },
    `Rounds of step ${stepNumber(loop)}`,
    markup`${shown}${paging({ first, last, of }, link)}`,
  );
}

/** Some steps of a block. */
export function stepsPage({ run, plan }: Part, part: BlockPart & { of: number }, timeline: Timeline): Page {
  const { block, first, last, of } = part;
  const more = new StepMore(run, linksOf(run.id));
  const [around] = stepsAround(`${block}0`);
  const link = (from: number) => partLink(run.id)({ block, first: from, last: of });
  return partPage(
    { run, plan },
    around === undefined ? 'Steps' : `Steps in step ${stepNumber(around)}`,
    markup`${timelineSection(timeline, { more: (row) => more.of(row), linkTo: partLink(run.id) })}${paging({ first, last, of }, link)}`,
  );
}

/** Inputs and outputs, each in a line. */
export function valuesPage(about: Part, first: number): Page {
  const all = valuesOf(about.run);
  const shown = all.slice(first - 1, first - 1 + MOST_OF_PAGE);
  const link = (from: number) => `/runs/${about.run.id}/values?from=${from}`;
  return partPage(
    about,
    'Values',
    all.length === 0
      ? markup`<p class="box panel meta">It has no values.</p>`
      : markup`<div class="box panel">${valuesTable(shown, linksOf(about.run.id).value)}</div>${paging({ first, last: first + shown.length - 1, of: all.length }, link)}`,
  );
}

/** Events of the log, the newest first. */
export function eventsPage(
  about: Part,
  { events, first, of }: { events: readonly RunEvent[]; first: number; of: number },
): Page {
  const link = (from: number) => `/runs/${about.run.id}/events?from=${from}`;
  const last = first + events.length - 1;
  return partPage(
    about,
    'Events',
    markup`<div class="box panel">${eventsTable(events)}</div>${paging({ first, last, of }, link)}`,
  );
}

/** A value in full. */
export function valuePage(about: Part, name: string, value: Json): Page {
  return partPage(about, withDollar(name), markup`<div class="box panel">${valueView(value)}</div>`);
}

/** What models were sent and what they said. */
export function promptsPage(about: Part, exchanges: readonly ModelExchange[]): Page {
  const calls = exchanges.map((exchange, index) => {
    const parts = exchangeParts(exchange).map(
      ([title, text]) => markup`<h3>${title}</h3><pre class="text said" tabindex="0">${text}</pre>`,
    );
    const id = `call-${index + 1}`;
    return markup`<section class="panel box" aria-labelledby="${id}"><h2 id="${id}">${exchangeTitle(exchange)}</h2>${parts}</section>`;
  });
  return partPage(
    about,
    'Model calls',
    markup`<div class="calls">${calls.length === 0 ? markup`<p class="meta">No model was asked here.</p>` : calls}</div>`,
  );
}

function partPage({ run, plan }: Part, heading: string, content: Inlay): Page {
  const title = plan?.plan_context.query ?? run.id;
  return {
    title: `${heading} · ${title}`,
    section: 'runs',
    main: markup`<p class="crumb"><a href="/runs/${run.id}">${title}</a></p><div class="title"><h1>${heading}</h1></div>${content}`,
  };
}

function paging(
  { first, last, of }: { first: number; last: number; of: number },
  link: (from: number) => string,
): Markup {
  const before = Math.max(1, first - MOST_OF_PAGE);
  return markup`<nav class="pages" aria-label="Parts"><span>${grouped(first)} to ${grouped(last)} of ${grouped(of)}</span><span>${first > 1 && markup`<a href="${link(before)}" rel="prev">Before</a> `}${last < of && markup`<a href="${link(last + 1)}" rel="next">After</a>`}</span></nav>`;
}
