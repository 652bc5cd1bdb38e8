import type { Hono } from 'hono';

import { signInPage } from '../../ui/pages/sign-in-page.js';
import type { UsersFile } from '../users/users-file.js';
import { nameProblem, plainName } from '../users/user-name.js';
import { signInLimit } from './body-limits.js';
import { respond, type Site, type WebEnvironment } from './context.js';
import { addressOf } from './client-address.js';
import type { Door } from './entrance.js';
import { sentForm } from './forms.js';
import { refusalOf, type PasswordCheck } from './password-check.js';
import { letIn } from './session-cookie.js';
import { visitorOf } from './visitor-of.js';

const START = '/inbox';

/** Lets in whoever has a name and its password. */
export function signInRoutes(
  app: Hono<WebEnvironment>,
  site: Site,
  { door, passwords }: { door: Door; passwords: PasswordCheck },
): void {
  const { users } = passwords;
  app.get('/sign-in', (context) =>
    respond(context, site, signInPage({ next: nextOf(context.req.query('next')), asksCode: asksCode(users) })),
  );
  app.post('/sign-in', signInLimit, async (context) => {
    const form = await sentForm(context);
    const typed = plainName(form.text('name') ?? '');
    // Nobody has a name that cannot be one, and it may be as long as a form.
    const name = nameProblem(typed) === undefined ? typed : '';
    const next = nextOf(form.text('next'));
    const attempt = { name, address: addressOf(context, door) };
    const given = { password: form.text('password') ?? '', code: form.text('code') ?? '' };
    const checked = await passwords.check(attempt, given);
    if (checked.kind !== 'right') {
      const isAsked = asksCode(users);
      const wrong = `The name${isAsked ? ', the password or the code' : ' or the password'} is wrong.`;
      const { status, problem } = refusalOf(context, checked, wrong);
      return respond(context, site, { ...signInPage({ next, name, problem, asksCode: isAsked }), status });
    }
    letIn(context, door, visitorOf(checked.user, site.by));
    return context.redirect(next, 303);
  });
}

/** Whether anybody signs in with a code. Of whom it is asked is not told before they are known. */
export function asksCode(users: UsersFile): boolean {
  return [...(users.usersIfThere()?.values() ?? [])].some(({ second_factor: second }) => second !== undefined);
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
