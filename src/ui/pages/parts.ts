import { icon, type IconName } from './icons.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { timeAgo } from '../times.js';

/** A button of a form. `solid`: the one that is meant to be used; a form has one at most. */
export function button(words: Inlay, { name, value, solid = false, unchecked = false }: ButtonOptions = {}): Markup {
  const named = name !== undefined && markup` name="${name}" value="${value ?? ''}"`;
  return markup`<button class="${solid ? 'btn go' : 'btn'}"${named}${unchecked && markup` formnovalidate`}>${words}</button>`;
}

interface ButtonOptions {
  name?: string;
  value?: string;
  solid?: boolean;
  /** It sends the form whatever its fields hold. */
  unchecked?: boolean;
}

/** A link that looks like a button. */
export function linkButton(href: string, words: Inlay): Markup {
  return markup`<a class="btn" href="${href}">${words}</a>`;
}

/** A sentence that stands out, with an icon. */
export function note(shape: IconName, words: Inlay, tone = ''): Markup {
  return markup`<p class="note">${icon(shape, tone)}<span>${words}</span></p>`;
}

/** What is wrong with what was typed; `id` is what its field names as `aria-describedby`. */
export function fieldError(id: string, words: Inlay): Markup {
  return markup`<p class="error" id="${id}">${icon('failed')}<span>${words}</span></p>`;
}

/** A value of a form that nobody sees. */
export function hidden(name: string, value: string): Markup {
  return markup`<input type="hidden" name="${name}" value="${value}">`;
}

/** A time as people say it, with the exact one for programs and for who points at it. */
export function moment(time: string, now: Date): Markup {
  return markup`<time datetime="${time}" title="${time}">${timeAgo(time, now)}</time>`;
}

/** A command that can be typed in a terminal. */
export function command(text: string): Markup {
  return markup`<code class="command">${text}</code>`;
}

/** What is said of one thing from several places, in one line: the first may be a sentence of its own. */
export function joinedWords(texts: readonly (string | null | undefined)[]): string {
  const said = texts.flatMap((text) => (text ? [text.replace(/\.$/, '')] : []));
  return said.join('; ');
}
