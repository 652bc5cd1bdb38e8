import type { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';

import { messagePage } from '../../ui/pages/message-page.js';
import { NOBODY, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import { isSame } from './forms.js';
import { ROLES, type Sessions } from './sessions.js';

/** Under which names this server is reached, and what lets people in. */
export interface Door {
  sessions: Sessions;
  /** Origins under which pages are asked for: `http://127.0.0.1:4321`. */
  origins: string[];
  cookie: string;
  /** Whoever has it is the person who started the server. */
  token: string;
}

/** What a browser may do with a page of this server. */
const HEADERS = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  // With `no-referrer` a browser hides the origin of its own forms, too, which is checked here.
  referrerPolicy: 'same-origin',
});

/** Hears nobody but those who come under a name of this server and are known. */
export function guard(app: Hono<WebEnvironment>, door: Door): void {
  app.use(HEADERS);
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store');
    context.set('session', NOBODY);
    context.set('isHere', () => false);
    if (originAsked(context, door) === undefined)
      return context.text('This server is not known under that name.\n', 421);
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD' && !isOwnForm(context, door)) {
      return context.text('This was not sent by a page of this server.\n', 403);
    }
    return next();
  });
}

/** After the files that every page needs: what only those see who came in. */
export function admit(app: Hono<WebEnvironment>, site: Site, door: Door): void {
  app.get('/enter', async (context) => {
    if (!isSame(context.req.query('token') ?? '', door.token)) return refused(context, site);
    const session = door.sessions.open({ person: site.by, name: site.by.name ?? site.by.user, roles: new Set(ROLES) });
    const secure = originAsked(context, door)?.startsWith('https:') === true;
    setCookie(context, door.cookie, session, { httpOnly: true, sameSite: 'Strict', path: '/', secure });
    return context.redirect('/inbox', 303);
  });
  app.use(async (context, next) => {
    const id = getCookie(context, door.cookie);
    // A page that keeps itself up to date does not say that somebody is there.
    const isByPerson = (context.req.header('sec-fetch-mode') ?? 'navigate') === 'navigate';
    const session = door.sessions.find(id, { isByPerson });
    if (session === undefined) return refused(context, site);
    context.set('session', session);
    context.set('isHere', () => door.sessions.find(id, { isByPerson: false }) === session);
    return next();
  });
}

function refused(context: WebContext, site: Site): Promise<Response> {
  const page = messagePage({
    title: 'Who are you?',
    sentence: 'Open the address that portia serve printed when it was started. It lets you in once more.',
  });
  return respond(context, site, { ...page, status: 401 });
}

/** The one of its origins under which a request came; undefined for a name that is not its own. */
function originAsked({ req }: WebContext, { origins }: Door): string | undefined {
  const host = req.header('host')?.toLowerCase();
  return origins.find((origin) => new URL(origin).host === host);
}

/** A page of another server can send a form here, but not hide where it is from. */
function isOwnForm({ req }: WebContext, { origins }: Door): boolean {
  const origin = req.header('origin');
  return origin !== undefined && origins.includes(origin);
}
