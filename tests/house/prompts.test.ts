import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { describe, expect, test } from 'vitest';

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ path: join('src', name), text: readFileSync(join('src', name), 'utf8') }));

const isPrompt = (path: string): boolean => path.endsWith('-prompt.ts');
const PROMPTS = SOURCES.filter(({ path }) => isPrompt(path));
const SNAPSHOTS = readdirSync('tests/prompts').filter((name) => name.endsWith('.txt'));

/** Begins a message with instructions, words one for the model, or explains the marks around data. */
const WRITES_A_PROMPT = /\{ role: 'system', text(?!: string)|role: 'user',\s+text: `[A-Z]|\baboutMarks\(/;

/** Make messages of the texts of a prompt, or of other messages. */
const SENDS = ['src/executor/prompts/prompt.ts', 'src/models/protocols/message-order.ts'];

test('when the sources are read then prompts are written only in files of their own', () => {
  const own = ['src/executor/', 'src/planner/', 'src/tools/', 'src/models/'];
  const writers = SOURCES.filter(
    ({ path, text }) => own.some((folder) => path.startsWith(folder)) && WRITES_A_PROMPT.test(text),
  );
  expect(writers.map(({ path }) => path).filter((path) => !isPrompt(path))).toEqual(SENDS);
  expect(PROMPTS.length).toBeGreaterThan(9);
});

describe.each(PROMPTS)('the prompt in $path', ({ path, text }) => {
  test('when its file is read then it has one function, which takes all that it tells', () => {
    expect(text.match(/^export (?:async )?function/gm)).toHaveLength(1);
    expect(text).not.toMatch(/'node:|\basync\b|\bawait\b|\bDate\b|\bMath\.random\b|\bprocess\.|^let /m);
  });

  test('when its snapshots are read then each has data between the marks of one request', () => {
    const name = basename(path, '.ts');
    const own = SNAPSHOTS.filter((snapshot) => snapshot === `${name}.txt` || snapshot.startsWith(`${name}-`));
    expect(own.length).toBeGreaterThan(0);
    for (const snapshot of own) {
      const written = readFileSync(join('tests/prompts', snapshot), 'utf8');
      expect(written, snapshot).toMatch(/^<data-(\w{16})>\n[^]+?\n<\/data-\1>$/m);
    }
  });
});
