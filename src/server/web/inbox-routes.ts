import type { Hono } from 'hono';

import type { OpenQuestion } from '../../app/open-questions.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Clarification } from '../../domain/run/clarification.js';
import { isRunId } from '../../domain/values/ids.js';
import { CARDS_PER_PAGE, inboxPage, type InboxCard, type InboxValues } from '../../ui/pages/inbox-page.js';
import { markup, type Inlay } from '../../ui/pages/markup.js';
import { command } from '../../ui/pages/parts.js';
import { questionTitle } from '../../ui/pages/question-form.js';
import { requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { liveAddress } from './live-address.js';
import { hasWords, pageOf } from './paging.js';
import { answerQuestion, cardOf, INBOX, questionAt, questionPage } from './question-pages.js';
import { isOpen, questionOf } from './question-standing.js';

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
    const found = await questionAt(site, context.req.param());
    return questionPage(context, site, { ...found, place: INBOX });
  });
  app.post('/questions/:run/:question', async (context) => {
    requireRole(context, 'answer');
    const form = await sentForm(context);
    requireCsrf(form, context.get('session').csrf);
    const found = await questionAt(site, context.req.param());
    return answerQuestion(context, site, { ...found, place: INBOX, form });
  });
}

async function inbox(context: WebContext, site: Site) {
  const { req } = context;
  const find = req.query('find')?.trim() ?? '';
  const open = await site.questions.list();
  context.set('open', open.length);
  const all = find === '' ? open : open.filter((one) => hasWords(textOf(one), find));
  const { rows, ...paging } = pageOf(all, req.query('page'), CARDS_PER_PAGE);
  const known = await whatIsKnown(context, site, { all, rows });
  const page = inboxPage({
    ...known,
    ...paging,
    // Those of a run stand together.
    runs: all.filter(({ run }, index) => run.id !== all[index - 1]?.run.id).length,
    find,
    now: site.services.now(),
    answered: all.length === 0 && find === '' ? await lastAnswers(site) : [],
    told: await told(site, req.query('answered')),
  });
  const runs = [...known.cards.flatMap((each) => ('card' in each ? [each.card.run.id] : [])), ...site.questions.driven];
  return { ...page, live: liveAddress({ runs, lists: true }) };
}

/** A page that is opened shows what is open. One that is open already shows what became of its own questions. */
async function whatIsKnown(
  context: WebContext,
  site: Site,
  { all, rows }: { all: readonly OpenQuestion[]; rows: readonly OpenQuestion[] },
): Promise<Pick<InboxValues, 'cards' | 'added' | 'seen'>> {
  const { req } = context;
  const number = ({ question }: OpenQuestion) => site.questions.numberOf(question);
  const cardFor = (one: OpenQuestion) => cardOf(context, site, { ...one, place: INBOX });
  const seen = Number(req.query('seen') ?? Number.NaN);
  if (!Number.isSafeInteger(seen)) {
    return { cards: rows.map((one) => ({ state: 'open', card: cardFor(one) })), seen: Math.max(0, ...all.map(number)) };
  }
  const named = (req.queries('shown') ?? []).slice(0, CARDS_PER_PAGE).map((each) => each.split('/'));
  const cards = await Promise.all(
    named.map(async ([run = '', question = '']): Promise<InboxCard> => {
      const one = await questionAt(site, { run, question }).catch(ifNotFound);
      if (one === undefined) return { state: 'removed', run, question };
      return { state: isOpen(one.run, one.question) ? 'open' : 'answered', card: cardFor(one) };
    }),
  );
  return { cards, seen, added: all.filter((one) => number(one) > seen).length };
}

function ifNotFound(error: unknown): undefined {
  if (!(error instanceof PortiaError) || error.code !== 'not-found') throw error;
}

function textOf({ question, run, plan }: OpenQuestion): string {
  return [questionTitle(question), question.user_guidance, plan?.plan_context.query, run.id].join('\n');
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
        markup` The run continues with ${command(site.spell(portia('resume', run.id)))}${run.queue !== undefined && ', or by a worker'}.`;
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
