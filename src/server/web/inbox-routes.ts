import type { Hono } from 'hono';

import type { OpenQuestion } from '../../app/open-questions.js';
import type { SentForm } from '../../clarifications/page-form.js';
import { PortiaError } from '../../domain/errors.js';
import { portia, spellAdvice } from '../../domain/next-step.js';
import type { Clarification } from '../../domain/run/clarification.js';
import { isRunId } from '../../domain/values/ids.js';
import { CARDS_PER_PAGE, inboxPage } from '../../ui/pages/inbox-page.js';
import { markup, type Inlay } from '../../ui/pages/markup.js';
import { command } from '../../ui/pages/parts.js';
import { answeredCard, questionCard, type CardValues } from '../../ui/pages/question-card.js';
import { questionTitle, type Typed } from '../../ui/pages/question-form.js';
import { requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { hasWords, pageOf } from './paging.js';
import { isOpen, questionOf, whyClosed } from './question-standing.js';
import { recordAnswer, type Recorded } from './record-answer.js';

/** Answers that are shown when nothing waits. */
const LAST_ANSWERS = 3;

/** Every open question of every run, and each of them with its form. */
export function inboxRoutes(app: Hono<WebEnvironment>, site: Site): void {
  app.get('/inbox', async (context) => {
    requireRole(context, 'look');
    return respond(context, site, await inbox(context, site));
  });
  app.get('/questions/:run/:question', async (context) => {
    requireRole(context, 'look');
    return questionPage(context, site, await asked(site, context));
  });
  app.post('/questions/:run/:question', async (context) => {
    requireRole(context, 'answer');
    const form = await sentForm(context);
    requireCsrf(form, context.get('session').csrf);
    const found = await asked(site, context);
    if (!isOpen(found.run, found.question) || whyClosed(site, found, context.get('session').person) !== undefined) {
      return questionPage(context, site, { ...found, status: 409 });
    }
    return answered(context, site, { ...found, form });
  });
}

async function answered(
  context: WebContext,
  site: Site,
  { form, ...found }: OpenQuestion & { form: SentForm },
): Promise<Response> {
  const { run, question } = found;
  const { person: by } = context.get('session');
  try {
    const recorded = await recordAnswer(site, { id: run.id, question, sent: form }, { by, channel: 'web' });
    if (recorded.kind !== 'recorded') {
      const status = recorded.kind === 'refused' ? 400 : 200;
      return await questionPage(context, site, { ...found, typed: typedFrom(form, recorded), status });
    }
    return context.redirect(`/inbox?answered=${run.id}/${question.id}`, 303);
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code === 'internal') throw error;
    const now = await asked(site, context);
    const { message, details } = error;
    const why = [message, details.why].filter((part) => part !== undefined).join(' ');
    const fix = details.fix === undefined ? undefined : spellAdvice(details.fix, site.spell);
    return questionPage(context, site, { ...now, closed: { why, fix }, status: 409 });
  }
}

/** What a person typed, with what is wrong with it. */
export function typedFrom(form: SentForm, recorded: Exclude<Recorded, { kind: 'recorded' }>): Typed {
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

async function inbox(context: WebContext, site: Site) {
  const { req } = context;
  const find = req.query('find')?.trim() ?? '';
  const all = (await site.questions.list()).filter((one) => hasWords(textOf(one), find));
  const { rows: shown, ...paging } = pageOf(all, req.query('page'), CARDS_PER_PAGE);
  return inboxPage({
    cards: shown.map((one) => cardOf(context, site, one)),
    ...paging,
    runs: new Set(all.map(({ run }) => run.id)).size,
    find,
    now: site.services.now(),
    answered: all.length === 0 && find === '' ? await lastAnswers(site) : [],
    told: await told(site, req.query('answered')),
  });
}

function textOf({ question, run, plan }: OpenQuestion): string {
  return [questionTitle(question), question.user_guidance, plan?.plan_context.query, run.id].join('\n');
}

function cardOf(context: WebContext, site: Site, one: OpenQuestion): CardValues {
  const { run, question } = one;
  const session = context.get('session');
  const mayAnswer = session.roles.has('answer');
  return {
    ...one,
    now: site.services.now(),
    action: `/questions/${run.id}/${question.id}`,
    csrf: session.csrf,
    isDriven: site.drives !== undefined,
    closed: mayAnswer
      ? whyClosed(site, one, session.person)
      : { why: 'You may look at this question, and not answer it.' },
  };
}

/** What was just answered, and how its run continues. */
async function told(site: Site, answer: string | undefined): Promise<Inlay> {
  const [id = '', question = ''] = answer?.split('/') ?? [];
  const run = isRunId(id) ? (await site.services.store.readRun(id))?.run : undefined;
  const found = run === undefined ? undefined : questionOf(run, question);
  if (run === undefined || found === undefined) return undefined;
  if (!found.resolved) return found.approvals === undefined ? undefined : 'Recorded. Others must agree, too.';
  const next =
    site.drives !== undefined
      ? markup` The run <a href="/runs/${run.id}">continues</a> here.`
      : run.state === 'READY_TO_RESUME' &&
        markup` The run continues with ${command(site.spell(portia('resume', run.id)))}, or by a worker.`;
  return markup`Recorded: “${questionTitle(found)}”.${next}`;
}

/** Of the newest runs, so that an empty inbox is quick. */
async function lastAnswers({ services: { store } }: Site): Promise<Clarification[]> {
  const found: Clarification[] = [];
  for await (const brief of store.listRuns({ limit: 20 })) {
    const run = 'unreadable' in brief ? undefined : (await store.readRun(brief.id))?.run;
    found.push(...(run?.outputs.clarifications ?? []).filter(({ resolved_at: at }) => at !== undefined));
  }
  return found
    .sort((one, other) => String(other.resolved_at).localeCompare(String(one.resolved_at)))
    .slice(0, LAST_ANSWERS);
}

async function asked({ services: { store } }: Site, { req }: WebContext): Promise<OpenQuestion> {
  const [id = '', wanted = ''] = [req.param('run'), req.param('question')];
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

type Shown = OpenQuestion & { typed?: Typed; closed?: CardValues['closed']; status?: 200 | 400 | 409 };

/** One question: with its form, or with what became of it. */
async function questionPage(
  context: WebContext,
  site: Site,
  { status = 200, typed, closed, ...one }: Shown,
): Promise<Response> {
  const { question } = one;
  const card = cardOf(context, site, one);
  const shown = isOpen(one.run, question)
    ? questionCard({ ...card, typed, closed: closed ?? card.closed })
    : answeredCard(question, card.now);
  return respond(context, site, {
    title: questionTitle(question),
    section: 'inbox',
    main: markup`<h1 class="sr">A question</h1><div class="cards alone">${shown}</div><p class="pages"><a href="/inbox">All questions</a></p>`,
    status,
  });
}
