import { expect, test } from 'vitest';

import { isNamed } from '../../src/tools/named-files.js';

const says = (task: string, file: string) => isNamed(file, { task, writes: [], answers: [] });

test.each([
  ['Write a summary to summary.txt.', 'summary.txt'],
  ['Write summary.txt', 'summary.txt'],
  ['Write ./out/summary.txt, then stop.', 'out/summary.txt'],
  ['Save it as "My notes.md"', 'My notes.md'],
  ['Files: a.txt, b.txt', 'b.txt'],
  ['Write (a.txt)!', 'a.txt'],
  ['Schreibe „Übersicht.md“', 'Übersicht.md'],
  ['Write {{{{x}}.txt and a.txt', 'a.txt'],
])('when the task is %j then it names %s', async (task, file) => {
  expect(await says(task, file)).toBe(true);
});

test.each([
  ['Write a summary to summary.txt.', 'tools/evil.mjs'],
  ['Write to tools/a.mjs', 'a.mjs'],
  ['Write summary.txt.bak', 'summary.txt'],
  ['Write my-summary.txt', 'summary.txt'],
  ['Write a.text', 'a.tex'],
  ['Write {{ $name }}', 'evil.txt'],
  ["Write {{ 'evil.txt' }}", 'evil.txt'],
  ['Write {{ $name }}.txt', '.txt'],
  ['Write report-{{ $month }}.txt', 'report-may.txt'],
  ['Write {{ $broken', '$broken'],
  ['Write ../summary.txt', 'summary.txt'],
])('when the task is %j then it does not name %s', async (task, file) => {
  expect(await says(task, file)).toBe(false);
});

test.each([
  ['reports/*.md', 'reports/may.md', true],
  ['./reports/*.md', 'reports/may.md', true],
  ['reports/*.md', 'reports/2026/may.md', false],
  ['reports/**', 'reports/2026/may.md', true],
  ['reports/*.md', 'tools/may.md', false],
  ['!reports/*.md', 'tools/evil.mjs', false],
  ['*.md', 'reports/may.md', false],
])('when writes is %s then %s is named: %s', async (glob, file, expected) => {
  expect(await isNamed(file, { task: 'Write.', writes: [glob], answers: [] })).toBe(expected);
});

test('when a person answered with the name then it is named', async () => {
  expect(await isNamed('a.txt', { task: 'Write.', writes: [], answers: ['./a.txt'] })).toBe(true);
  expect(await isNamed('b.txt', { task: 'Write.', writes: [], answers: ['write b.txt'] })).toBe(false);
});
