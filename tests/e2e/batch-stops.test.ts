import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { ended, startPortia } from '../support/portia.js';
import { readRun, runPrinted } from '../support/scenario.js';
import { makeBatchProject, resultsOf, rowsOf } from './batch-project.js';
import { startUntil } from './gated-project.js';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('when %s comes then nothing more begins, what runs is saved, and it exits %i', async (signal, code) => {
  const cwd = makeBatchProject(rowsOf(...'abcde'));
  const args = ['run-plan', 'gate.json', '--batch', 'rows.ndjson', '--jobs', '2'];
  const child = await startUntil(args, { cwd }, { type: 'tool.started', path: '0' });
  const end = ended(child, '');
  child.kill(signal);
  const result = await end;
  expect([result.code, result.signal]).toEqual([code, null]);
  const results = resultsOf(result.stdout);
  expect(results).toMatchObject(results.map(() => ({ state: 'IN_PROGRESS', exit_code: code })));
  expect(results.length).toBeOneOf([1, 2]);
  const last = results.length;
  expect(result.stderr).toContain(`${last} line${last === 1 ? '' : 's'}: ${last} interrupted\n`);
  expect(result.stderr).toContain(`No line after line ${last} was started.\n   tail -n +${last + 1} rows.ndjson >`);
  expect(readRun(cwd, results[0]?.run_id ?? '')).toMatchObject({ pause: { reason: 'signal' } });
  writeFileSync(join(cwd, 'gate'), '');
  const [, printed = ''] = /^ {3}(portia resume \S+) {3}# line 1: interrupted$/m.exec(result.stderr) ?? [];
  expect(await runPrinted(`${printed} --format value`, { cwd })).toMatchObject({ code: 0, stdout: 'a\n' });
});

test('when it is stopped while it waits for a line then it ends', async () => {
  const cwd = makeBatchProject('');
  const child = startPortia(['run-plan', 'echo.json', '--batch', '-'], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = ended(child);
  child.stdin?.write(rowsOf('Oslo'));
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  expect(await end).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('No line after line 1 was started.'),
  });
});

test('when it is stopped before the first line then it does not say that there are no lines', async () => {
  const cwd = makeBatchProject('');
  const child = startPortia(['run-plan', 'echo.json', '--batch', '-', '--events', 'events'], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = ended(child);
  await vi.waitUntil(() => existsSync(join(cwd, 'events')), { timeout: 20_000 });
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 130, stderr: 'No line was started.\n' });
});
