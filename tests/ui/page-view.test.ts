import { expect, test } from 'vitest';

import { layoutPage, sectionOf } from '../../src/ui/page-view.js';

const PAGE = `# Tools

A **tool** acts; [trust](trust.md#what) says when, and
[what is safe](durability.md) says how. See [JSONata](https://jsonata.org).

![A picture](pictures/tools.png)
*What it shows.*

<img src="pictures/phone.png" alt="Another one">

* \`*\` names every tool, \`send_*\` some of them
  and *one* only one.
* Last.

## Effects

| tool | what it does |
|---|---|
| \`run_sql\` | asks \`a\\|b\`, and writes nothing at all |

\`\`\`console
$ portia tools list
\`\`\`
`;

test('when a page is narrow then texts and cells are wrapped, code is as it is, and pictures are left out', () => {
  expect(layoutPage(PAGE, 40)).toBe(`Tools
=====

A tool acts; \`portia help trust\` says
when, and what is safe (\`portia help
durability\`) says how. See JSONata
(https://jsonata.org).

* \`*\` names every tool, \`send_*\` some of
  them and one only one.
* Last.

Effects
-------

  tool       what it does
  \`run_sql\`  asks \`a|b\`, and writes
             nothing at all

  $ portia tools list
`);
});

test('when a section is asked for then it begins with its heading and ends before the next', () => {
  const two = `${PAGE}\n## Time\n\nA call has 60 seconds.\n`;
  expect(sectionOf(two, 'Time')).toBe('## Time\n\nA call has 60 seconds.');
  expect(sectionOf(two, 'Effects')).toMatch(/^## Effects\n[^]*tools list\n```$/);
  expect(sectionOf(two, 'Nothing')).toBeUndefined();
});
