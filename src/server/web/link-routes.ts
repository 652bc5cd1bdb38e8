import type { Context, Hono, Next } from 'hono';

import { readLink } from '../../app/question-links.js';
import { personHere } from '../../app/person-here.js';
import { messagePage } from '../../ui/pages/message-page.js';
import { formLimit } from './body-limits.js';
import { respond, type Site, type WebEnvironment } from './context.js';
import { sentForm } from './forms.js';
import { answerQuestion, questionAt, questionPage, type QuestionPlace } from './question-pages.js';

/** One question, answered by the one person whom a signed link was made for. Nobody signs in. */
export function linkRoutes(app: Hono<WebEnvironment>, site: Site): void {
  app.use('/link/:token', (context, next) => admit(context, next, site));
  app.use('/link/:token', formLimit);
  app.get('/link/:token', async (context) => {
    const found = await questionAt(site, context.get('link'));
    // Once it is answered, by this link or in another way, it is used up.
    const isJustSent = context.req.query('sent') !== undefined;
    const status = found.question.resolved && !isJustSent ? 410 : 200;
    return questionPage(context, site, { ...found, place: placeOf(context.req.path), status });
  });
  app.post('/link/:token', async (context) => {
    const found = await questionAt(site, context.get('link'));
    const form = await sentForm(context);
    return answerQuestion(context, site, { ...found, place: placeOf(context.req.path), form });
  });
}

function placeOf(path: string): QuestionPlace {
  return { channel: 'link', action: () => path, after: () => `${path}?sent`, isAlone: true };
}

/** Lets in whoever has a good link, as the person whom it names. */
async function admit(context: Context<WebEnvironment>, next: Next, site: Site): Promise<Response | void> {
  const read = readLink(context.req.param('token') ?? '', await site.linkKey(), site.services.now());
  const name = read.kind === 'forged' ? '' : read.link.name;
  const { user, host } = site.by;
  context.set('session', {
    person: { ...personHere({ environment: {}, name, vouchedBy: 'link' }), user, host },
    name,
    roles: new Set(read.kind === 'good' ? ['answer'] : []),
    // Nobody who does not have the link knows its address.
    csrf: '',
    canLeave: false,
    hasPassword: false,
  });
  if (read.kind === 'forged') {
    const sentence = 'This link was not made here, or not all of it arrived.';
    return respond(context, site, { ...messagePage({ title: 'Not a link', sentence, why: ASK }), status: 403 });
  }
  if (read.kind === 'expired') {
    const sentence = `This link could be used until ${read.link.until}.`;
    return respond(context, site, { ...messagePage({ title: 'Too late', sentence, why: ASK }), status: 410 });
  }
  context.set('link', read.link);
  return next();
}

const ASK = 'Ask whoever sent it to you for another one.';
