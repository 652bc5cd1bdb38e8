import type { Hono } from 'hono';

import type { OpenQuestion } from '../../app/open-questions.js';
import { portia } from '../../domain/next-step.js';
import type { Clarification } from '../../domain/run/clarification.js';
import { isRunId } from '../../domain/values/ids.js';
import { CARDS_PER_PAGE, inboxPage } from '../../ui/pages/inbox-page.js';
import { markup, type Inlay } from '../../ui/pages/markup.js';
import { command } from '../../ui/pages/parts.js';
import { questionTitle } from '../../ui/pages/question-form.js';
import { requireRole, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { requireCsrf, sentForm } from './forms.js';
import { hasWords, pageOf } from './paging.js';
import { answerQuestion, cardOf, INBOX, questionAt, questionPage } from './question-pages.js';
import { questionOf } from './question-standing.js';

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
  const all = (await site.questions.list()).filter((one) => hasWords(textOf(one), find));
  const { rows: shown, ...paging } = pageOf(all, req.query('page'), CARDS_PER_PAGE);
  return inboxPage({
    cards: shown.map((one) => cardOf(context, site, { ...one, place: INBOX })),
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
