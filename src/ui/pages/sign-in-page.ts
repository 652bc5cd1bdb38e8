import type { SignInChange } from '../../domain/values/sign-in-change.js';
import type { Page } from './layout.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { button, fieldError, hidden, note } from './parts.js';
import { pastChanges } from './sign-in-changes.js';

/** Who signs in, and what was wrong. */
export interface SignInForm {
  /** Path of the page that is wanted. */
  next: string;
  /** What was typed before. */
  name?: string | undefined;
  problem?: Inlay;
  /** Whether somebody signs in with a code, too. */
  asksCode: boolean;
}

/** A form for a name and a password. */
export function signInPage({ next, name = '', problem, asksCode }: SignInForm): Page {
  const field = markup`<div class="field"><label for="name">Name</label><input type="text" id="name" name="name" value="${name}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required${problem !== undefined && DESCRIBED}${name === '' && markup` autofocus`}></div>`;
  return {
    title: 'Sign in',
    main: card('Sign in', {
      problem,
      form: markup`<form class="answer" method="post" action="/sign-in">${hidden('next', next)}
${field}
${passwordField('Password', { name: 'password', kind: 'current', problem, isFirst: name !== '' })}
${asksCode && CODE}
<div class="ways">${button('Sign in', { solid: true })}</div>
</form>`,
    }),
  };
}

/** Whose password is changed, and what was wrong. */
export interface PasswordForm {
  name: string;
  csrf: string;
  problem: Inlay;
  /** It was changed just now. */
  isChanged: boolean;
  changes: readonly SignInChange[];
  now: Date;
  /** Path of the script that judges a password while it is typed. */
  rules: string;
}

/** A form for a new password. */
export function passwordPage({ name, csrf, problem, isChanged, changes, now, rules }: PasswordForm): Page {
  const title = 'Change your password';
  return {
    title,
    main: card(title, {
      problem,
      form: markup`${isChanged && note('done', 'Your password is changed. Your other browsers must sign in again.')}
<p class="meta">At least 12 characters, any of them. A few words that do not belong together are easy to remember.</p>
<form class="answer" method="post" action="/password">${hidden('csrf', csrf)}
<input type="text" name="name" value="${name}" autocomplete="username" hidden>
${passwordField('Password that you have now', { name: 'password', kind: 'current', problem, isFirst: !isChanged })}
${passwordField('New password', { name: 'new', kind: 'new', problem, judgedBy: { rules, person: name } })}
${passwordField('The new one again', { name: 'again', kind: 'new', problem })}
<div class="ways">${button('Change it', { solid: true })}</div>
</form>
${pastChanges(changes, now)}`,
    }),
  };
}

/** An authenticator shows six digits; recovery codes have letters, too. */
const CODE = markup`<div class="field"><label for="code">Code</label><input type="text" id="code" name="code" autocomplete="one-time-code" autocapitalize="none" autocorrect="off" spellcheck="false" aria-describedby="code-d"></div>
<p class="meta" id="code-d">Of your authenticator, or a recovery code. Leave it empty if you have none.</p>`;

const DESCRIBED = markup` aria-describedby="sign-in-e"`;

function card(title: string, { problem, form }: { problem: Inlay; form: Markup }): Markup {
  return markup`<article class="q box said sign-in">
<h1>${title}</h1>
${problem !== undefined && fieldError('sign-in-e', problem)}
${form}
</article>`;
}

interface PasswordField {
  name: string;
  kind: 'current' | 'new';
  problem: Inlay;
  isFirst?: boolean;
  /** The script that says how strong it is, and whose password it is. */
  judgedBy?: { rules: string; person: string };
}

function passwordField(label: string, { name, kind, problem, isFirst = false, judgedBy }: PasswordField): Markup {
  const judged = judgedBy && markup` data-rules="${judgedBy.rules}" data-person="${judgedBy.person}"`;
  return markup`<div class="field"><label for="${name}">${label}</label><input type="password" id="${name}" name="${name}" autocomplete="${kind}-password" required${problem !== undefined && DESCRIBED}${isFirst && markup` autofocus`}${judged}></div>`;
}
