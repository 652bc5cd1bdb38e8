import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { STEP_KINDS } from '../../src/domain/plan/step-kinds/step-kinds.js';
import { PROVIDER_NAMES, PROVIDERS } from '../../src/models/providers/providers.js';
import { builtinTools } from '../../src/tools/builtin/builtin-tools.js';
import { makeProject } from '../support/portia.js';

const page = (name: string) => readFileSync(`docs/${name}.md`, 'utf8');

interface Addition {
  /** The section of the page that lists what the compiler then names. */
  section: string;
  file: string;
  behind: string;
  text: string;
}

/** One type of each sort, and nothing that goes with it. */
const ADDITIONS: Addition[] = [
  {
    section: 'A step kind',
    file: 'src/domain/plan/plan-schema.ts',
    behind: 'export type Step =\n',
    text: "  | (StepGuards & { kind: 'made_up'; steps: Step[] })\n",
  },
  {
    section: 'An event',
    file: 'src/domain/run/events.ts',
    behind: "  | { type: 'run.started'; driver?: Driver | undefined; setup?: DriveSetup | undefined }\n",
    text: "  | { type: 'made.up'; path: string }\n",
  },
  {
    section: 'A question kind',
    file: 'src/domain/run/clarification-schema.ts',
    behind: "z.discriminatedUnion('category', [\n",
    text: "z.looseObject({ category: z.literal('Made Up'), ...base }),\n",
  },
];

test('when a kind of block, an event and a question kind are only types then the compiler names what the page lists', () => {
  const folder = copyOfSources();
  for (const addition of ADDITIONS) add(folder, addition);
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--singleThreaded'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const lists = ADDITIONS.map(({ section }) => namedByCompiler(section));
  for (const list of lists) expect(list.length).toBeGreaterThan(2);
  expect([...new Set(stdout.match(/^[^\s(]+(?=\()/gm))].sort()).toEqual(lists.flat().sort());
});

test.each(Object.keys(STEP_KINDS).filter((kind) => kind !== 'agent'))(
  'when there is a kind %s then the page about plans has it in its table',
  (kind) => {
    const rows = page('plan-language').match(/^\| [^|]+/gm) ?? [];
    expect(rows.some((row) => row.includes(`\`${kind}\``))).toBe(true);
  },
);

test('when a tool comes with portia then the page about tools has it', () => {
  expect(builtinTools().filter(({ id }) => !page('tools').includes(`\`${id}\``))).toEqual([]);
});

test('when there is a provider of models then the pages have its row and its variables', () => {
  const [, section = ''] = page('models').split('\n## Providers\n');
  const [table = ''] = section.split('\n## ');
  const rows = table.match(/^\| `[a-z]+` \| .*$/gm) ?? [];
  expect(rows.map((row) => row.split('`')[1])).toEqual(PROVIDER_NAMES);
  for (const [index, name] of PROVIDER_NAMES.entries()) {
    const { baseUrl = '', baseUrlVariable, keyVariables } = PROVIDERS[name];
    const inAddress = Array.from(baseUrl.matchAll(/[A-Z][A-Z_]+/g), ([variable]) => variable);
    for (const variable of [...keyVariables, ...(baseUrlVariable ? [baseUrlVariable.name] : []), ...inAddress]) {
      expect(rows[index]).toContain(`\`${variable}\``);
      expect(page('settings')).toContain(`\`${variable}\``);
    }
  }
});

/** What the compiler needs to read the sources. */
function copyOfSources(): string {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: object };
  const folder = makeProject({
    'package.json': readFileSync('package.json', 'utf8'),
    'tsconfig.json': { compilerOptions, include: ['src', 'tests'] },
  });
  for (const path of ['src', 'tests/domain/plan-examples.ts', 'tests/builder/every-kind.test.ts'])
    cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}

function add(folder: string, { file, behind, text }: Addition): void {
  const source = readFileSync(file, 'utf8');
  expect(source).toContain(behind);
  writeFileSync(join(folder, file), source.replace(behind, behind + text));
}

/** The file that each item of the section is about, of those that the compiler names. */
function namedByCompiler(title: string): string[] {
  const section =
    page('how-to-add')
      .split(/^## /m)
      .find((part) => part.startsWith(title)) ?? '';
  const [items = ''] = section.split('The compiler cannot name the rest');
  return Array.from(items.matchAll(/^\d+\. `([^`]+)`/gm), ([, path = '']) => path);
}
