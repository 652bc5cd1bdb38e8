import type { Clarification } from '../../domain/run/clarification.js';
import type { RunEvent } from '../../domain/run/events.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { isStored, type Output, type Run } from '../../domain/run/run.js';
import type { StepCost } from '../../domain/run/step-costs.js';
import { byteSize, grouped } from '../brief-value.js';
import { eventText } from '../event-line.js';
import { makeLook } from '../look.js';
import { withDollar } from '../step-notes.js';
import { duration } from '../times.js';
import { answerText, personName } from './answer-text.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { state } from './state.js';
import type { StepLinks } from './step-more.js';
import { briefView } from './value-view.js';

/** A part of a page with a heading. */
export function panel(id: string, heading: string, content: Inlay): Markup {
  return markup`<section class="panel box" aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;
}

/** A table that can be scrolled where it is too wide. */
export function scrolled(label: string, table: Markup): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>`;
}

/** Questions of a page. */
const MOST_QUESTIONS = 50;

/** Every question of a run, with its answer and who gave it; the newest of many. */
export function questionsPanel(run: Run, now: Date, linkTo: (question: Clarification) => string): Markup | false {
  const all = run.outputs.clarifications;
  if (all.length === 0) return false;
  const rows = all
    .slice(-MOST_QUESTIONS)
    .map(
      (question) =>
        markup`<tr><td class="num">${stepNumber(question.path ?? String(question.step ?? 0))}</td><td class="words">${question.user_guidance}</td><td>${
          question.resolved
            ? answerText(question)
            : markup`<a href="${linkTo(question)}">${state('waiting', 'open')}</a>`
        }</td><td>${personName(question)}</td><td class="r">${waitedText(question, now)}</td></tr>`,
    );
  const table = markup`<table><thead><tr><th scope="col">Step</th><th scope="col">Question</th><th scope="col">Answer</th><th scope="col">Who</th><th scope="col" class="r">Waited</th></tr></thead><tbody>${rows}</tbody></table>`;
  const rest =
    all.length > MOST_QUESTIONS && markup`<footer>The last ${MOST_QUESTIONS} of ${grouped(all.length)}.</footer>`;
  return panel('h-questions', 'Questions', markup`${scrolled('Questions and answers', table)}${rest}`);
}

function waitedText({ raised_at: from, resolved_at: to, resolved }: Clarification, now: Date): string {
  if (from === undefined || (resolved && to === undefined)) return '';
  return duration((to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from));
}

/** What the models took, by step; undefined prices stay open. */
export function costTable(costs: readonly StepCost[], titleOf: (path: string) => string): Markup {
  const rows = costs.map(
    (cost) => markup`<tr><td class="words">${stepNumber(cost.path)} ${titleOf(cost.path)}</td>${costCells(cost)}</tr>`,
  );
  const models = [...new Set(costs.map(({ model }) => model))].map((model) => {
    const own = costs.filter((cost) => cost.model === model);
    return markup`<tr><th scope="row">${model}</th>${costCells(totalOf(own))}</tr>`;
  });
  return scrolled(
    'Cost of each step',
    markup`<table><thead><tr><th scope="col">Step</th><th scope="col" class="r">Calls</th><th scope="col" class="r">Tokens in</th><th scope="col" class="r">out</th><th scope="col" class="r">US$</th></tr></thead><tbody>${rows}</tbody><tfoot>${models}</tfoot></table>`,
  );
}

function totalOf(costs: readonly StepCost[]): Omit<StepCost, 'path' | 'model'> {
  const sum = (of: (cost: StepCost) => number) => costs.reduce((total, cost) => total + of(cost), 0);
  const isPriced = costs.every(({ dollars }) => dollars !== undefined);
  return {
    calls: sum(({ calls }) => calls),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    dollars: isPriced ? sum(({ dollars = 0 }) => dollars) : undefined,
  };
}

function costCells({ calls, inputTokens, outputTokens, dollars }: Omit<StepCost, 'path' | 'model'>): Markup {
  const cost = dollars === undefined ? 'not known' : dollars.toFixed(5);
  return markup`<td class="r">${grouped(calls)}</td><td class="r">${grouped(inputTokens)}</td><td class="r">${grouped(outputTokens)}</td><td class="r">${cost}</td>`;
}

/** A value of a run, by its name. */
type NamedOutput = [name: string, output: Output, from?: string];

/** Inputs first, then the last value of each name. */
export function valuesOf({ plan_run_inputs: inputs, outputs }: Run): NamedOutput[] {
  return [
    ...Object.entries(inputs).map(([name, output]): NamedOutput => [name, output, 'input']),
    ...Object.entries(outputs.step_outputs),
  ];
}

/** Values of a page; where there are more, the last of them are what it came to. */
const MOST_VALUES = 50;

/** The values of a run, the last of many. */
export function valuesPanel(run: Run, links: Pick<StepLinks, 'value' | 'values'>): Markup | false {
  const all = valuesOf(run);
  if (all.length === 0) return false;
  const rest =
    all.length > MOST_VALUES &&
    markup`<footer>The last ${MOST_VALUES} of ${grouped(all.length)}. <a href="${links.values}">Show all</a></footer>`;
  return panel('h-values', 'Values', markup`${valuesTable(all.slice(-MOST_VALUES), links.value)}${rest}`);
}

/** Values below each other, each in a line. */
export function valuesTable(values: readonly NamedOutput[], linkTo: (name: string) => string): Markup {
  const rows = values.map(
    ([name, output, from]) =>
      markup`<tr><td class="name"><a href="${linkTo(name)}">${withDollar(name)}</a></td><td><span class="brief">${briefOutputView(output)}${from !== undefined && markup` <span class="meta">${from}</span>`}</span></td></tr>`,
  );
  return markup`<table class="vals"><tbody>${rows}</tbody></table>`;
}

/** A value in a line, or the summary of one that is kept aside. */
function briefOutputView(output: Output): Markup {
  if (!isStored(output)) return briefView(output.value, 200);
  const size = typeof output.bytes === 'number' ? byteSize(output.bytes) : 'large';
  return markup`${output.summary} <span class="meta">${size}</span>`;
}

const look = makeLook({ now: new Date(0), columns: 120 });

/** Events below each other, the newest first: what the log says of each. */
export function eventsTable(events: readonly RunEvent[]): Markup {
  const rows = events
    .toReversed()
    .map(
      (event) =>
        markup`<tr><td class="t"><time datetime="${event.ts}">${event.ts.slice(11, 19)}</time></td><td class="mono">${event.type}</td><td>${eventText(event, look)}</td></tr>`,
    );
  return scrolled('Events of the log', markup`<table class="ev"><tbody>${rows}</tbody></table>`);
}
