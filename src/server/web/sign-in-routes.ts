import type { Hono } from 'hono';

import { personHere } from '../../app/person-here.js';
import { signInPage } from '../../ui/pages/sign-in-page.js';
import { isPassword } from '../users/password.js';
import { nameProblem, plainName } from '../users/user-name.js';
import type { UsersFile } from '../users/users-file.js';
import { respond, type PageStatus, type Site, type WebEnvironment } from './context.js';
import { addressOf } from './client-address.js';
import type { Door } from './entrance.js';
import { sentForm } from './forms.js';
import { Guesses } from './guesses.js';
import { letIn } from './session-cookie.js';
import { Turns } from './turns.js';

/** People whose passwords wait to be looked at: each takes 32 MB and a part of a second. */
const MOST_WAITING = 30;
const START = '/inbox';

/** Lets in whoever has a name and its password. */
export function signInRoutes(
  app: Hono<WebEnvironment>,
  site: Site,
  { door, users }: { door: Door; users: UsersFile },
): void {
  const guesses = new Guesses(site.services.now);
  const turns = new Turns(MOST_WAITING);
  app.get('/sign-in', (context) => respond(context, site, signInPage({ next: nextOf(context.req.query('next')) })));
  app.post('/sign-in', async (context) => {
    const form = await sentForm(context);
    const typed = plainName(form.text('name') ?? '');
    // Nobody has a name that cannot be one, and it may be as long as a form.
    const name = nameProblem(typed) === undefined ? typed : '';
    const next = nextOf(form.text('next'));
    const again = (status: PageStatus, problem: string) =>
      respond(context, site, { ...signInPage({ next, name, problem }), status });
    const attempt = { name, address: addressOf(context, door) };
    const waitMs = guesses.begin(attempt);
    if (waitMs > 0) {
      context.header('Retry-After', String(Math.ceil(waitMs / 1_000)));
      return again(429, `There were too many wrong passwords. Try again ${inWords(waitMs)}.`);
    }
    const user = users.users().get(name);
    const isRight = await turns.take(async () => isPassword(form.text('password') ?? '', user?.password));
    if (isRight === undefined) return again(503, 'Too many people sign in at this moment. Try again in a minute.');
    if (!isRight || user === undefined) return again(401, 'The name or the password is wrong.');
    guesses.right(attempt);
    const { user: account, host } = site.by;
    letIn(context, door, {
      person: { ...personHere({ environment: {}, name, vouchedBy: 'login' }), user: account, host },
      name,
      roles: new Set(user.roles),
      password: user.password,
    });
    return context.redirect(next, 303);
  });
}

/** The path of a page of this server; the first one in place of anything else. */
export function nextOf(wanted: string | undefined): string {
  const base = 'http://here';
  if (wanted === undefined || !wanted.startsWith('/') || !URL.canParse(wanted, base)) return START;
  const { origin, pathname, search } = new URL(wanted, base);
  // A path that begins with two slashes is an address elsewhere.
  const isHere = origin === base && !pathname.startsWith('//') && !/^\/sign-(in|out)$/.test(pathname);
  return isHere && pathname !== '/' ? pathname + search : START;
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 100 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
}
