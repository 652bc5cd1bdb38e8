import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

const pagesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []));

/** Every page for people, those for users and those for maintainers. */
const PAGES = ['README.md', 'AGENTS.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('docs/decisions')];

test.each(PAGES)('when %s names a file of this repository then it is there', (page) => {
  const named = Array.from(
    withoutBlocks(page).matchAll(/`((?:\.?\w[\w-]*\/)[\w./-]+)`/g),
    ([, path = '']) => path,
  ).filter((path) => /^(?:src|tests|docs|bin|\.config|\.ci)\//.test(path));
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

test.each(PAGES)('when %s has a link then its page and its heading are there', (page) => {
  const links = Array.from(withoutBlocks(page).matchAll(/\]\((?!https?:)([^)]+)\)/g), ([, link = '']) => link);
  expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});

test('when the review of the pages names a test then it is there', () => {
  const rows = readFileSync('docs/decisions/0021-review-of-the-pages.md', 'utf8').match(/^\|.*\|$/gm) ?? [];
  const named = rows.flatMap((row) =>
    Array.from(
      row
        .split('|')
        .at(-2)
        ?.matchAll(/`([^`]+)`/g) ?? [],
      ([, name = '']) => name,
    ),
  );
  const files = named.map((name) => (name.includes('/') ? name : `tests/server/web/${name}.test.ts`));
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

test('when the page about the architecture is read then it names files enough to find the way', () => {
  const named = readFileSync('docs/architecture.md', 'utf8').match(/`src\/[^`]+\.ts`/g) ?? [];
  expect(new Set(named).size).toBeGreaterThan(15);
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  return existsSync(target) && (heading === undefined || anchorsOf(target).includes(heading));
}

/** What GitHub makes of the headings of a page. */
function anchorsOf(page: string): string[] {
  const headings = withoutBlocks(page).match(/^#+ .*$/gm) ?? [];
  return headings.map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function withoutBlocks(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^```[^]*?^```$/gm, '');
}
