import type { Hono } from 'hono';

import { signInPage } from '../../ui/pages/sign-in-page.js';
import { nameProblem, plainName } from '../users/user-name.js';
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
  app.get('/sign-in', (context) => respond(context, site, signInPage({ next: nextOf(context.req.query('next')) })));
  app.post('/sign-in', async (context) => {
    const form = await sentForm(context);
    const typed = plainName(form.text('name') ?? '');
    // Nobody has a name that cannot be one, and it may be as long as a form.
    const name = nameProblem(typed) === undefined ? typed : '';
    const next = nextOf(form.text('next'));
    const attempt = { name, address: addressOf(context, door) };
    const checked = await passwords.check(attempt, form.text('password') ?? '');
    if (checked.kind !== 'right') {
      const { status, problem } = refusalOf(context, checked, 'The name or the password is wrong.');
      return respond(context, site, { ...signInPage({ next, name, problem }), status });
    }
    letIn(context, door, visitorOf(checked.user, site.by));
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
