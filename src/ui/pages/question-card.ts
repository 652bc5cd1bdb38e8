import { ExpressionError } from '../../domain/expressions/expression-error.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { askedPeople } from '../asked-people.js';
import { namesTaken } from '../../domain/plan/step-references.js';
import { stepAt, toolsOfStep } from '../../domain/plan/plan-steps.js';
import type { Plan, Step } from '../../domain/plan/plan.js';
import { ownPath, withoutRounds } from '../../domain/plan/step-path.js';
import { asksAboutCall } from '../../domain/run/approval-answers.js';
import { isUnknownOutcome, type Clarification } from '../../domain/run/clarification.js';
import { isStored, type Output, type Run } from '../../domain/run/run.js';
import { cutText } from '../../domain/values/cut-text.js';
import { bareName } from '../../domain/values/names.js';
import type { Json } from '../../domain/values/json.js';
import { answerText } from './answer-text.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { command, hidden, moment, note } from './parts.js';
import { nextSentence, placeView } from './plan-place.js';
import { askedCall, kindWord, questionForm, questionTitle, type Typed } from './question-form.js';
import { state, stateIcon } from './state.js';
import { briefView } from './value-view.js';

/** A question as a card shows it. */
export interface CardValues {
  run: Pick<Run, 'id' | 'steps' | 'plan_run_inputs' | 'outputs'>;
  question: Clarification;
  /** Undefined when it is not here. */
  plan: Plan | undefined;
  now: Date;
  /** Where its form is sent. */
  action: string;
  csrf: string;
  /** Whether the run continues by itself once it is answered. */
  isDriven: boolean;
  /** Shown to somebody who sees nothing else here. */
  isAlone?: boolean;
  /** Whether a yes of theirs can hold for all later runs. */
  mayKeep?: boolean;
  typed?: Typed | undefined;
  /** Why it takes no answer here, and the command that does; undefined when it takes one. */
  closed?: { why: Inlay; saysWho?: boolean; fix?: string | undefined } | undefined;
}

/** A question with its form, where it stands in its plan, and the values that it comes from. */
export function questionCard(card: CardValues): Markup {
  const { question, run, plan, now, closed } = card;
  const id = cardId(question);
  const unknown = isUnknownOutcome(question);
  const asked = question.raised_at === undefined ? '' : markup`asked ${moment(question.raised_at, now)}`;
  const title = cutText(runTitle(run, plan), 120);
  const where = card.isAlone === true ? title : markup`<a href="/runs/${run.id}">${title}</a>`;
  const people = askedPeople(question, { isToldWho: closed?.saysWho }).map((line) =>
    note('waiting', `${capitalised(line)}.`),
  );
  const body =
    closed === undefined
      ? questionForm(formOf(card, id))
      : markup`${askedCall(question)}${note('ready', closed.why)}${closed.fix !== undefined && markup`<p>${command(closed.fix)}</p>`}`;
  return markup`<article class="${unknown ? 'q box unknown' : 'q box'}" id="${id}" aria-labelledby="${id}-t" data-stop>
<header>${state(unknown ? 'unknown' : 'waiting', kindWord(question))}<span class="where">${where}</span><span class="when">${asked}</span></header>
<div class="cols"><div class="main"><div class="lead"><h2 id="${id}-t" class="text">${questionTitle(question)}</h2>${lead(question)}</div>${people}${body}</div>${side(card)}</div>
</article>`;
}

/** The part of an address that leads to the card of a question. */
export function cardId({ id }: Clarification): string {
  return id;
}

/** The line of a question in the list beside the cards. */
export function questionRow({ question, run, plan, now }: CardValues): Markup {
  const unknown = isUnknownOutcome(question);
  return markup`<li><a href="#${cardId(question)}">${stateIcon(unknown ? 'unknown' : 'waiting')}<b>${cutText(questionTitle(question), 160)}</b><span class="meta"><span>${cutText(runTitle(run, plan), 80)}</span><span>${question.raised_at !== undefined && moment(question.raised_at, now)}</span></span></a></li>`;
}

/** What is left of a question that was answered. */
export function answeredCard(question: Clarification, now: Date): Markup {
  const { answered_by: by, channel, resolved_at: at } = question;
  const how = [
    by !== undefined && markup`by ${by.name ?? by.user}`,
    channel !== undefined && markup`from ${CHANNEL_WORDS[channel] ?? channel}`,
    at !== undefined && moment(at, now),
  ].filter((part) => part !== false);
  const said = how.map((part, index) => markup`${index > 0 && ', '}${part}`);
  return markup`<div class="q box gone" id="${cardId(question)}" data-stop><p data-say>${state('answered')} <span>${said}: <b>${answerText(question)}</b></span></p><p class="meta">“${cutText(questionTitle(question), 200)}”</p></div>`;
}

/** What is left of a question whose run was removed. */
export function removedCard(): Markup {
  return markup`<div class="q box gone"><p data-say>The run of this question was removed.</p></div>`;
}

const CHANNEL_WORDS: Readonly<Record<string, string>> = {
  prompt: 'a terminal',
  form: 'a form',
  flag: 'a command',
  file: 'a file',
  api: 'a program',
  import: 'another tool',
  hook: 'a hook',
  tool: 'its tool',
  web: 'a page',
  link: 'a signed link',
};

function runTitle(run: CardValues['run'], plan: Plan | undefined): string {
  return plan?.plan_context.query ?? run.id;
}

function lead(question: Clarification): Markup | undefined {
  const isSaid = question.user_guidance === questionTitle(question);
  if (isSaid || (!asksAboutCall(question) && !isUnknownOutcome(question))) return undefined;
  return markup`<p class="meta text">${question.user_guidance}</p>`;
}

function formOf(card: CardValues, id: string) {
  const { question, typed, action, csrf, isDriven } = card;
  const when = isDriven ? 'now' : 'when the run continues';
  return {
    question,
    id,
    next: nextOf(card),
    stays: staysOf(card),
    when,
    isAlone: card.isAlone === true,
    mayKeep: card.mayKeep === true,
    typed,
    form: (controls: Markup) =>
      markup`<form class="answer" method="post" action="${action}">${hidden('csrf', csrf)}${controls}</form>`,
  };
}

function askingStep({ question, plan }: CardValues): Step | undefined {
  return plan === undefined || question.path === undefined ? undefined : stepAt(plan.steps, ownPath(question.path));
}

/** What follows an answer, as a sentence. */
function nextOf(card: CardValues): string {
  const { question, run, plan } = card;
  const step = askingStep(card);
  if (plan === undefined || step === undefined || question.path === undefined) return '';
  if (question.path.includes('.plan.')) return 'Next: the plan that this step runs continues.';
  const byTool = question.category !== 'User Verification' && !isUnknownOutcome(question) ? toolsOfStep(step) : [];
  const [tool] = byTool;
  if (step.kind === 'tool' && tool !== undefined) {
    return question.category === 'Action' ? `Next: ${tool} is called again.` : `Next: ${tool} is called with it.`;
  }
  if (question.category === 'User Verification' && question.by_agent === true) return 'Then the agent continues.';
  return nextSentence({ run, plan, path: question.path });
}

/** What was done and stays done when the run ends here. */
function staysOf({ question, run, plan }: CardValues): string {
  const tool = 'tool_id' in question && typeof question.tool_id === 'string' ? question.tool_id : undefined;
  if (plan === undefined || tool === undefined) return 'What was done before stays done.';
  const made = run.steps.filter(({ path, status }) => {
    const step = status === 'completed' ? stepAt(plan.steps, withoutRounds(path)) : undefined;
    return step?.kind === 'tool' && step.tool_id === tool;
  }).length;
  if (made === 0) return 'What was done before stays done.';
  return made === 1
    ? `1 call of ${tool} was made and stays made.`
    : `${made} calls of ${tool} were made and stay made.`;
}

function side(card: CardValues): Markup | undefined {
  const { run, plan, question } = card;
  if (plan === undefined || question.path === undefined) return undefined;
  const values = valuesOf(card);
  return markup`<div class="side"><div><h3>In the plan</h3>${placeView({ run, plan, path: question.path })}</div>${
    values.length > 0 &&
    markup`<div><h3>Values it comes from</h3><dl class="vals">${values.map(({ name, value }) => markup`<div><dt class="name">$${name}</dt><dd>${value}</dd></div>`)}</dl></div>`
  }</div>`;
}

/** The names that the step takes, with what they stand for. */
function valuesOf(card: CardValues): { name: string; value: Markup }[] {
  const { run, question } = card;
  const step = askingStep(card);
  const taken = step === undefined ? [] : namesOf(step);
  const named = 'sources' in question ? Object.values(question.sources ?? {}).flat() : [];
  const names = new Set([...taken, ...named.flatMap(({ name }) => (name === undefined ? [] : [bareName(name)]))]);
  const items = itemsAt(run.steps, question.path ?? '');
  return [...names].flatMap((name) => {
    const item = items[name];
    if (item !== undefined) return [{ name, value: briefView(item) }];
    const output = valueNamed(name, run.outputs.step_outputs) ?? valueNamed(name, run.plan_run_inputs);
    return output === undefined ? [] : [{ name, value: outputView(output) }];
  });
}

/** A plan that is kept may have expressions that this version does not read. */
function namesOf(step: Step): string[] {
  try {
    return namesTaken(step);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

function valueNamed(name: string, outputs: Readonly<Record<string, Output>>): Output | undefined {
  return outputs[name] ?? outputs[`$${name}`];
}

function outputView(output: Output): Markup {
  return isStored(output)
    ? markup`${output.summary === '' ? 'a large value' : output.summary}`
    : briefView(output.value);
}

/** The items that the loops around a step are at, by their names. */
function itemsAt(steps: CardValues['run']['steps'], path: string): Record<string, Json> {
  const rounds = [...path.matchAll(/\]/g)].map((match) => path.slice(0, match.index + 1));
  const found: Record<string, Json> = {};
  for (const { path: own, items } of steps) {
    if (items === undefined || !rounds.some((round) => own.startsWith(`${round}.`))) continue;
    for (const [name, value] of Object.entries(items)) found[bareName(name)] = value;
  }
  return found;
}
