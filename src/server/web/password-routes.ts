import type { Hono } from 'hono';

import { passwordPage } from '../../ui/pages/sign-in-page.js';
import { respond, type PageStatus, type Site, type WebContext, type WebEnvironment } from './context.js';
import { addressOf } from './client-address.js';
import type { Door } from './entrance.js';
import { requireCsrf, sentForm } from './forms.js';
import { refusalOf, type PasswordCheck } from './password-check.js';
import { RULES_PATH, rulesScript } from './rules-script.js';
import { letIn } from './session-cookie.js';
import { visitorOf } from './visitor-of.js';

/** Where a person changes their own password. */
export function passwordRoutes(
  app: Hono<WebEnvironment>,
  site: Site,
  { door, passwords }: { door: Door; passwords: PasswordCheck },
): void {
  const rules = rulesScript();
  const page = (context: WebContext, status: PageStatus, problem?: string) => {
    const { name, csrf } = context.get('session');
    const changes = passwords.users.users().get(name)?.changes ?? [];
    const isChanged = status === 200 && context.req.query('changed') !== undefined;
    return respond(context, site, {
      ...passwordPage({ name, csrf, problem, isChanged, changes, now: site.services.now(), rules: rules().path }),
      status,
    });
  };
  app.get(RULES_PATH, (context) =>
    context.body(rules().text, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'private, max-age=31536000, immutable',
    }),
  );
  app.get('/password', (context) => page(context, 200));
  app.post('/password', async (context) => {
    const form = await sentForm(context);
    const { csrf, name } = context.get('session');
    requireCsrf(form, csrf);
    const wanted = form.text('new') ?? '';
    const { passwordRules } = await import('../users/password-rules.js');
    const { problem: fault } = passwordRules()(wanted, name);
    if (fault !== undefined) return page(context, 400, `The new password ${fault}. Nothing was changed.`);
    if (wanted !== form.text('again')) return page(context, 400, 'The two new passwords differ. Nothing was changed.');
    const checked = await passwords.check(
      { name, address: addressOf(context, door) },
      {
        password: form.text('password') ?? '',
      },
    );
    if (checked.kind !== 'right') {
      const { status, problem } = refusalOf(context, checked, 'The password that you have now is another one.');
      return page(context, status, `${problem} Nothing was changed.`);
    }
    const user = await passwords.change(checked.user, wanted);
    letIn(context, door, visitorOf(user, site.by));
    return context.redirect('/password?changed', 303);
  });
  app.post('/password/seen', async (context) => {
    const { csrf, name } = context.get('session');
    requireCsrf(await sentForm(context), csrf);
    passwords.seen(name);
    return context.redirect('/inbox', 303);
  });
}
