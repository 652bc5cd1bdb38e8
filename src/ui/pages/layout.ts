import { ICONS } from './icons.js';
import { exact, markup, type Markup } from './markup.js';
import { hidden } from './parts.js';
import { newChanges } from './sign-in-changes.js';
import type { SignInChange } from '../../domain/values/sign-in-change.js';

/** The pages of the navigation. */
export const SECTIONS = { inbox: 'Inbox', runs: 'Runs', plans: 'Plans' } as const;

export type Section = keyof typeof SECTIONS;

/** What is around every page. */
export interface Frame {
  /** Open questions; undefined where nobody may see them. */
  open: number | undefined;
  /** Name of the folder of the project; undefined before it is known who is here. */
  project: string | undefined;
  /** Who is here; undefined before they are known. */
  person: string | undefined;
  /** Paths of the stylesheet and of the script, with what tells their version. */
  assets: { style: string; script: string };
  /** What a form sends back to show that it was made here; undefined where nobody is signed in. */
  csrf: string | undefined;
  /** Whether somebody can sign out: not where the address itself lets a person in. */
  canLeave: boolean;
  /** Whether they have a password here, which they can change. */
  hasPassword: boolean;
  /** How the way in which they sign in changed, until they say that they know. */
  changes: readonly SignInChange[];
  now: Date;
}

export interface Page {
  /** Before ` · portia`. */
  title: string;
  /** The section that is marked; undefined outside of all. */
  section?: Section | undefined;
  /** Where the skip link goes, and its words. */
  skipTo?: { id: string; words: string };
  main: Markup;
  /** Where the page hears that it can be loaded anew; undefined for one that stays as it is. */
  live?: string | undefined;
}

/** A whole page. */
export function pageView(
  { title, section, main, live, skipTo = { id: 'main', words: 'Skip to the content' } }: Page,
  frame: Frame,
): string {
  const { changes, csrf, now } = frame;
  const changed = changes.length > 0 && csrf !== undefined && newChanges(changes, { csrf, now });
  const { html } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${exact(title)} · portia</title>
<link rel="stylesheet" href="${frame.assets.style}">
<link rel="icon" href="data:,">
<script src="${frame.assets.script}" defer></script>
</head>
<body>
<a class="skip" href="#${skipTo.id}">${skipTo.words}</a>
${ICONS}
${top(section, frame)}
<p class="live sr" role="status" id="live"></p>
<main class="page" id="main"${live !== undefined && markup` data-live="${live}"`}>
${changed}${main}
</main>
</body>
</html>
`;
  return html;
}

function top(section: Section | undefined, { open, project, person, csrf, canLeave, hasPassword }: Frame): Markup {
  const links = Object.entries(SECTIONS).map(([name, words]) => {
    const current = name === section && markup` aria-current="page"`;
    return markup`<a href="/${name}"${current}>${words}${name === 'inbox' && counted(open)}</a>`;
  });
  const leave =
    canLeave &&
    csrf !== undefined &&
    markup`<form method="post" action="/sign-out">${hidden('csrf', csrf)}<button class="plain">Sign out</button></form>`;
  return markup`<header class="top">
  <a class="brand" href="/inbox">portia</a>
  ${open !== undefined && markup`<nav aria-label="Pages" id="pages" data-part>${links}</nav>`}
  <div class="who"><span class="project meta">${project}</span><span>${hasPassword ? markup`<a href="/password" title="Change your password">${person}</a>` : person}</span>${leave}</div>
</header>`;
}

function counted(open: number | undefined): Markup | false {
  return (
    open !== undefined &&
    open > 0 &&
    markup` <span class="count" id="count">${open}<span class="sr"> open</span></span>`
  );
}
