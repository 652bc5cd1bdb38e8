import { readFileSync } from 'node:fs';

import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeProject } from '../support/portia.js';

const NAMES = ['Ada', 'Bohr', 'Curie', 'Darwin', 'Euler', 'Franklin', 'Gauss', 'Hopper'];
const publishes = (index: number): boolean => index % 3 !== 2 && index !== 7;

const pageOf = (name: string, index: number): string =>
  `# ${name}\n\nWorks on field ${index}.\n${publishes(index) ? `\n## Publications\n\n- On ${name}\n- More on ${name}\n` : ''}`;

const profileOf = (name: string, index: number) => ({
  name,
  field: `field ${index}`,
  publications: publishes(index) ? [`On ${name}`, `More on ${name}`] : [],
});

/** In the order of the batch. */
export const PROFILES = NAMES.map(profileOf);

export const scientistProject = (): string =>
  makeProject({
    'scientist.yaml': readFileSync('plans/scientist.yaml', 'utf8'),
    'pages.ndjson': NAMES.map((name) => `${JSON.stringify({ page: `${name}.md` })}\n`).join(''),
    ...Object.fromEntries(NAMES.map((name, index) => [`${name}.md`, pageOf(name, index)])),
  });

/** What the model says of these pages. */
export function scientistScript(names: string[] = NAMES): ScriptEntry[] {
  return names.flatMap((name): ScriptEntry[] => {
    const { field, publications } = profileOf(name, NAMES.indexOf(name));
    const person = { match: new RegExp(`Who is the page about[^]*# ${name}\\b`), reply: { json: { name, field } } };
    const titles = { match: new RegExp(`List the titles[^]*# ${name}\\b`), reply: { json: publications } };
    return publications.length === 0 ? [person] : [person, titles];
  });
}

export const scientistScenario: KillScenario = {
  project: scientistProject,
  start: ['run-plan', 'scientist.yaml', '-i', 'page=Ada.md'],
  script: scientistScript(['Ada']),
};
