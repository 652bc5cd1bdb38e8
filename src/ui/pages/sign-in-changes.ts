import { CHANGE_WORDS, type SignInChange } from '../../domain/values/sign-in-change.js';
import { icon } from './icons.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { button, hidden, moment } from './parts.js';

/** What changed in how a person signs in, until they say that they know. */
export function newChanges(changes: readonly SignInChange[], { csrf, now }: { csrf: string; now: Date }): Markup {
  return markup`<form class="note changed" method="post" action="/password/seen">${hidden('csrf', csrf)}${icon('ready')}
<div>${changes.map((change) => markup`<p>${said(change, now)}</p>`)}
<p>If that was not you, tell whoever runs this server.</p></div>
${button('I know')}</form>`;
}

/** All that is kept of it, the newest first. */
export function pastChanges(changes: readonly SignInChange[], now: Date): Inlay {
  if (changes.length === 0) return undefined;
  const lines = changes.toReversed().map((change) => markup`<li>${said(change, now)}</li>`);
  return markup`<h2>What changed</h2><ul class="stays">${lines}</ul>`;
}

function said({ what, at }: SignInChange, now: Date): Markup {
  return markup`${CHANGE_WORDS[what]}: ${moment(at, now)}.`;
}
