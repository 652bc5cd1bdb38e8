import type { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

import { PortiaError } from '../../domain/errors.js';
import { messagePage } from '../../ui/pages/message-page.js';
import { signInPage } from '../../ui/pages/sign-in-page.js';
import { ROLES, withoutSecondFactor, type Role } from '../../domain/values/roles.js';
import type { SignInChange } from '../../domain/values/sign-in-change.js';
import { credentialsOf, type User } from '../users/users-file.js';
import { formLimit } from './body-limits.js';
import { isAskedByPerson, NOBODY, respond, type Site, type WebContext, type WebEnvironment } from './context.js';
import type { Door } from './entrance.js';
import { isSame, requireCsrf, sentForm } from './forms.js';
import { mayBeKept, originAsked } from './origins.js';
import { broughtSession, letIn, letOut } from './session-cookie.js';
import { PasswordCheck, type TellChange } from './password-check.js';
import { passwordRoutes } from './password-routes.js';
import { asksCode, nextOf, signInRoutes } from './sign-in-routes.js';
import type { WebSession } from './sessions.js';

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
  xFrameOptions: 'DENY',
  // Only for a name that is this server's own.
  strictTransportSecurity: false,
});
const ONE_YEAR_S = 31_536_000;

/** Hears nobody but those who come under a name of this server and are known. */
export function guard(app: Hono<WebEnvironment>, door: Door): void {
  app.use(HEADERS);
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store');
    context.set('session', NOBODY);
    context.set('isHere', () => false);
    const origin = originAsked(context, door);
    if (origin === undefined) return context.text('This server is not known under that name.\n', 421);
    if (mayBeKept(origin)) context.header('Strict-Transport-Security', `max-age=${ONE_YEAR_S}`);
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD' && !isOwnForm(context, door)) {
      return context.text('This was not sent by a page of this server.\n', 403);
    }
    return next();
  });
}

/** After the files that every page needs: what only those see who came in. */
export function admit(app: Hono<WebEnvironment>, site: Site, door: Door): void {
  const { entrance } = door;
  if (entrance.kind === 'token') {
    app.get('/enter', async (context) => {
      if (!isSame(context.req.query('token') ?? '', entrance.token)) return refused(context, site, door);
      const name = site.by.name ?? site.by.user;
      letIn(context, door, { person: site.by, name, roles: new Set(ROLES) });
      return context.redirect('/inbox', 303);
    });
  }
  const passwords =
    entrance.kind === 'sign-in'
      ? new PasswordCheck(entrance.users, { now: site.services.now, tell: tellBy(site) })
      : undefined;
  if (passwords !== undefined) signInRoutes(app, site, { door, passwords });
  app.use(async (context, next) => {
    const session = whoIsHere(context, site, { door, isByPerson: isAskedByPerson(context) });
    if (session === undefined) return refused(context, site, door);
    context.set('session', session);
    context.set('isHere', () => isStillHere(context, site, door));
    return next();
  });
  app.use(formLimit);
  if (passwords !== undefined) passwordRoutes(app, site, { door, passwords });
  app.post('/sign-out', async (context) => {
    requireCsrf(await sentForm(context), context.get('session').csrf);
    letOut(context, door);
    return context.redirect('/', 303);
  });
}

function tellBy({ services, warn }: Site): TellChange {
  return (name, change) => {
    const told = services.notifier().then((notifier) => notifier?.signInChanged(name, change));
    told.catch(async (error: unknown) => warn(String(error)));
  };
}

/** Who makes a request, with the roles that they have at this moment. */
function whoIsHere(
  context: WebContext,
  site: Site,
  { door, isByPerson }: { door: Door; isByPerson: boolean },
): WebSession | undefined {
  const { entrance, sessions } = door;
  if (entrance.kind === 'proxy') return entrance.proxy.person(context, site.by);
  const id = broughtSession(context, door);
  const found = id === undefined ? undefined : sessions.find(id, { isByPerson });
  if (id === undefined || found === undefined || entrance.kind === 'token') return found?.session;
  const user = entrance.users.users().get(found.session.name);
  if (user !== undefined && credentialsOf(user) === found.credentials) {
    return { ...found.session, ...rolesNow(user, entrance.secondFactor), changes: unseen(user) };
  }
  sessions.close(id);
  return undefined;
}

/** What somebody may do at this moment, and what they may not without a second factor. */
function rolesNow({ roles, second_factor: second }: User, needed: Role | undefined) {
  const kept = second !== undefined || needed === undefined ? roles : withoutSecondFactor(roles, needed);
  return { roles: new Set(kept), heldBack: new Set(roles.filter((role) => !kept.includes(role))) };
}

function unseen({ changes = [] }: User): SignInChange[] {
  return changes.filter(({ seen }) => seen !== true);
}

/** Whether whoever made a request is still known, and may look. */
function isStillHere(context: WebContext, site: Site, door: Door): boolean {
  try {
    return whoIsHere(context, site, { door, isByPerson: false })?.roles.has('look') === true;
  } catch (error) {
    // The file of users cannot be read. Why is printed at the next request.
    if (error instanceof PortiaError) return false;
    throw error;
  }
}

function refused(context: WebContext, site: Site, { entrance }: Door): Promise<Response> {
  if (entrance.kind === 'sign-in') {
    const { users } = entrance;
    const { url, method } = context.req;
    const { pathname, search } = new URL(url);
    return respond(context, site, {
      ...signInPage({ next: nextOf(method === 'GET' ? pathname + search : undefined), asksCode: asksCode(users) }),
      status: 401,
    });
  }
  const sentence =
    entrance.kind === 'token'
      ? 'Open the address that portia serve printed when it was started. It lets you in once more.'
      : 'The proxy before this server did not say one name. Sign in there.';
  return respond(context, site, { ...messagePage({ title: 'Who are you?', sentence }), status: 401 });
}

/** A page of another server can send a form here, but not hide where it is from. */
function isOwnForm({ req }: WebContext, { origins }: Door): boolean {
  const origin = req.header('origin');
  return origin !== undefined && origins.includes(origin);
}
