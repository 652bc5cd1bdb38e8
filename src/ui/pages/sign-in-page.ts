import { hidden, type Page } from './layout.js';
import { markup, type Inlay } from './markup.js';
import { button, fieldError } from './parts.js';

/** Who signs in, and what was wrong. */
export interface SignInForm {
  /** Path of the page that is wanted. */
  next: string;
  /** What was typed before. */
  name?: string | undefined;
  problem?: Inlay;
}

/** A form for a name and a password. */
export function signInPage({ next, name = '', problem }: SignInForm): Page {
  const isWrong = problem !== undefined;
  const described = isWrong && markup` aria-describedby="sign-in-e"`;
  return {
    title: 'Sign in',
    main: markup`<article class="q box said sign-in">
<h1>Sign in</h1>
${isWrong && fieldError('sign-in-e', problem)}
<form class="answer" method="post" action="/sign-in">${hidden('next', next)}
<div class="field"><label for="name">Name</label><input type="text" id="name" name="name" value="${name}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required${described}${name === '' && markup` autofocus`}></div>
<div class="field"><label for="password">Password</label><input type="password" id="password" name="password" autocomplete="current-password" required${described}${name !== '' && markup` autofocus`}></div>
<div class="ways">${button('Sign in', { solid: true })}</div>
</form>
</article>`,
  };
}
