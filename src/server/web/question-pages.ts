import type { OpenQuestion } from '../../app/open-questions.js';
import { formSchemaOf } from '../../clarifications/elicit-answer.js';
import { FIELD, type SentForm } from '../../clarifications/page-form.js';
import { PortiaError } from '../../domain/errors.js';
import { mayKeepYes } from '../../domain/run/approval-answers.js';
import type { Clarification } from '../../domain/run/clarification.js';
import { asksForSecret } from '../../domain/run/secret-answers.js';
import { isRunId } from '../../domain/values/ids.js';
import { livePart } from '../../ui/pages/live-part.js';
import { markup, type Markup } from '../../ui/pages/markup.js';
import { note } from '../../ui/pages/parts.js';
import { answeredCard, questionCard, type CardValues } from '../../ui/pages/question-card.js';
import { questionTitle, type Typed } from '../../ui/pages/question-form.js';
import { fixFor, lackOf, respond, type PageStatus, type Site, type WebContext } from './context.js';
import { liveAddress } from './live-address.js';
import { isOpen, questionOf, whyClosed } from './question-standing.js';
import { recordAnswer, type Answerer, type Recorded } from './record-answer.js';

/** Where a question is shown and answered. */
export interface QuestionPlace {
  channel: Answerer['channel'];
  /** Path to which its form is sent. */
  action(one: OpenQuestion): string;
  /** Path of the page that is shown once it is answered. */
  after(one: OpenQuestion): string;
  /** Shown to somebody who sees nothing else here. */
  isAlone?: true;
}

/** On the pages of those who came in. */
export const INBOX: QuestionPlace = {
  channel: 'web',
  action: ({ run, question }) => `/questions/${run.id}/${question.id}`,
  after: ({ run, question }) => `/inbox?answered=${run.id}/${question.id}`,
};

/** A question of a run as both are now. Rejects with `not-found`. */
export async function questionAt(
  { services: { store } }: Site,
  { run: id, question: wanted }: { run: string; question: string },
): Promise<OpenQuestion> {
  if (!isRunId(id)) throw noSuchQuestion(wanted);
  const { run, owner } = await store.requireRun(id);
  const question = questionOf(run, wanted);
  if (question === undefined) throw noSuchQuestion(wanted);
  return { run, owner, question, plan: await store.readPlan(run.plan_id) };
}

function noSuchQuestion(id: string): PortiaError {
  return new PortiaError('not-found', `There is no question ${JSON.stringify(id)}.`, {
    why: 'Its run is gone, or the address was cut.',
  });
}

/** Takes the answer of a form, or shows the question again with what is wrong. */
export async function answerQuestion(
  context: WebContext,
  site: Site,
  { place, form, ...found }: OpenQuestion & { place: QuestionPlace; form: SentForm },
): Promise<Response> {
  const { run, question } = found;
  const { person: by } = context.get('session');
  if (!isOpen(run, question) || whyClosed(site, found, by) !== undefined) {
    return questionPage(context, site, { ...found, place, sent: form, status: place.isAlone === true ? 410 : 409 });
  }
  try {
    const { channel } = place;
    const recorded = await recordAnswer(site, { id: run.id, question, sent: form }, { by, channel });
    if (recorded.kind === 'recorded') return context.redirect(place.after(found), 303);
    const status = recorded.kind === 'refused' ? 400 : 200;
    return await questionPage(context, site, { ...found, place, typed: typedFrom(form, recorded), status });
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code === 'internal') throw error;
    const now = await questionAt(site, { run: run.id, question: question.id });
    const { message, details } = error;
    const why = [message, details.why].filter((part) => part !== undefined).join(' ');
    return questionPage(context, site, {
      ...now,
      place,
      closed: { why, fix: fixFor(context, site, details.fix) },
      sent: form,
      status: 409,
    });
  }
}

/** What a person typed, with what is wrong with it. */
function typedFrom(form: SentForm, recorded: Exclude<Recorded, { kind: 'recorded' }>): Typed {
  switch (recorded.kind) {
    case 'refused': {
      const sentence = `The answer ${recorded.problem}. Nothing was sent.`;
      return { ...form, problem: { field: recorded.field, sentence } };
    }
    case 'review':
      return { ...form, review: recorded };
    case 'unchanged':
      return form;
  }
}

/** What the card of a question shows to the person who is here. */
export function cardOf(
  context: WebContext,
  site: Site,
  { place, ...one }: OpenQuestion & { place: QuestionPlace },
): CardValues {
  const session = context.get('session');
  const closed = session.roles.has('answer')
    ? whyClosed(site, one, session.person)
    : { why: `You may look at this question, but not answer it. ${lackOf('answer', session)}` };
  return {
    ...one,
    now: site.services.now(),
    action: place.action(one),
    csrf: session.csrf,
    isDriven: site.drives !== undefined,
    isAlone: place.isAlone === true,
    mayKeep: mayKeepYes(session.person),
    // Whoever sees only this has no command line here.
    closed: place.isAlone === true && closed !== undefined ? { ...closed, fix: undefined } : closed,
  };
}

interface Shown extends OpenQuestion {
  place: QuestionPlace;
  typed?: Typed;
  closed?: CardValues['closed'];
  /** What was sent and is not taken. */
  sent?: SentForm;
  status?: PageStatus;
}

/** What a person typed into a form that came too late, so that it is not lost; a secret stays hidden. */
function notTaken(question: Clarification, sent: SentForm): Markup | false {
  const fields = Object.keys(formSchemaOf(question).properties);
  const typed = new Set([...fields, FIELD.value, FIELD.reason, FIELD.result].flatMap((name) => sent.all(name)));
  const texts = [...typed].filter((text) => text.trim() !== '');
  return (
    !asksForSecret(question) && texts.length > 0 && note('ready', `What you sent was not taken: ${texts.join(', ')}`)
  );
}

/** One question: with its form, or with what became of it. */
export async function questionPage(
  context: WebContext,
  site: Site,
  { status = 200, typed, closed, sent, ...one }: Shown,
): Promise<Response> {
  const { question, run, place } = one;
  const card = cardOf(context, site, one);
  const shown = isOpen(run, question)
    ? questionCard({ ...card, typed, closed: closed ?? card.closed })
    : answeredCard(question, card.now);
  const back = place.isAlone !== true && markup`<p class="pages"><a href="/inbox">All questions</a></p>`;
  // What was typed must not give way to what is loaded anew.
  const isLive = place.isAlone !== true && status === 200 && typed === undefined;
  return respond(context, site, {
    title: questionTitle(question),
    section: 'inbox',
    main: markup`<h1 class="sr">A question</h1><div class="cards alone">${livePart('question', shown)}${sent !== undefined && notTaken(question, sent)}</div>${back}`,
    live: isLive ? liveAddress({ runs: [run.id], lists: false }) : undefined,
    status,
  });
}
