import base from '../pages/style/base.css';
import picture from '../pages/style/picture.css';
import plan from '../pages/style/plan.css';
import report from '../pages/style/report.css';
import run from '../pages/style/run.css';
import timeline from '../pages/style/timeline.css';
import { ICONS } from '../pages/icons.js';
import { exact, markup, Markup } from '../pages/markup.js';

const STYLE = Markup.own([base, timeline, picture, run, plan, report].join('\n'));

/** A report as one file that loads nothing and runs nothing. */
export function reportDocument({ title, main }: { title: string; main: Markup }): string {
  const { html } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Report · ${exact(title)} · portia</title>
<style>
${STYLE}
</style>
</head>
<body>
${ICONS}
<main class="sheet">
${main}
</main>
</body>
</html>
`;
  return html;
}

/** Part of a report with its heading. `note`: one sentence below it. */
export function section(
  id: string,
  { heading, note }: { heading: string; note?: string | undefined },
  content: Markup,
): Markup {
  return markup`<section id="${id}" aria-labelledby="h-${id}">
<h2 id="h-${id}">${heading}</h2>
${note !== undefined && markup`<p class="meta">${note}</p>`}
${content}
</section>`;
}

/** The head: when it was made, the title with its state, and what there is. */
export function reportHead(
  {
    about,
    title,
    state,
    made,
    zone,
  }: { about: string; title: string; state?: Markup | undefined; made: { time: string; text: string }; zone: string },
  rest: Markup,
): Markup {
  return markup`<header>
<p class="made"><span>${about}</span><span>made by portia on <time datetime="${made.time}">${made.text}</time></span><span>times are in ${zone}</span></p>
<div class="title"><h1>${title}</h1>${state}</div>
${rest}
</header>`;
}

/** Links to the sections that there are. */
export function contents(sections: readonly { id: string; heading: string }[]): Markup {
  return markup`<nav class="toc" aria-label="In this report">${sections.map(({ id, heading }) => markup`<a href="#${id}">${heading}</a>`)}</nav>`;
}

/** Figures beside each other. */
export function figures(named: readonly (readonly [name: string, value: string])[]): Markup {
  return markup`<dl class="stats">${named.map(([name, value]) => markup`<div><dt class="label">${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
