import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

const FOLDER = 'docs/pictures';
const MOST = 12;
const MOST_BYTES = 100_000;

/** The pictures that a page shows, by their paths, with what is said to those who cannot see them. */
function shownIn(page: string): { path: string; words: string }[] {
  const text = readFileSync(page, 'utf8');
  const inMarkdown = [...text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words = '', path = '']) => ({
    path,
    words,
  }));
  const inHtml = [...text.matchAll(/<img src="([^"]+)"[^>]* alt="([^"]*)"/g)].map(([, path = '', words = '']) => ({
    path,
    words,
  }));
  return [...inMarkdown, ...inHtml].map(({ path, words }) => ({ path: join(dirname(page), path), words }));
}

test('when a page shows a picture then it is there, is described, and no other picture is kept', () => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
  const shown = ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap(shownIn);
  expect(shown.filter(({ path, words }) => !existsSync(path) || words === '')).toEqual([]);
  const kept = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  expect(kept.filter((file) => !shown.some(({ path }) => path === file))).toEqual([]);
});

test('when pictures are kept then they are few and small, and the installed package has none', () => {
  const kept = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  expect(kept.length).toBeLessThanOrEqual(MOST);
  expect(kept.filter((file) => statSync(file).size > MOST_BYTES)).toEqual([]);
  expect(readFileSync('package.json', 'utf8')).toContain(`"!${FOLDER}"`);
});
