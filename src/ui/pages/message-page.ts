import type { Page, Section } from './layout.js';
import { markup, type Inlay } from './markup.js';
import { command } from './parts.js';

/** A page that says one thing: what is so, why, and what to do. */
export function messagePage({ title, sentence, why, fix, near = [], section }: Message): Page {
  return {
    title,
    section,
    main: markup`<article class="q box said">
<h1>${title}</h1>
<p>${sentence}</p>
${why !== undefined && markup`<p class="meta">${why}</p>`}
${fix !== undefined && fix !== '' && fix.split('\n').map((line) => markup`<p>${command(line)}</p>`)}
${near.length > 0 && markup`<p>Did you mean one of these?</p><ul>${near.map(({ href, text }) => markup`<li><a class="mono" href="${href}">${text}</a></li>`)}</ul>`}
</article>`,
  };
}

interface Message {
  title: string;
  sentence: Inlay;
  why?: string | undefined;
  /** Commands or words, one a line. */
  fix?: string | undefined;
  /** What somebody may have meant. */
  near?: readonly { href: string; text: string }[] | undefined;
  section?: Section | undefined;
}
