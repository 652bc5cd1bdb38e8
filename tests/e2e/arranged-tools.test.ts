import { expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';

const listed = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);

test('when patterns choose tools then only these are listed', async () => {
  const flags = ['--tool', 'file_*', '-t', '*sql', '--exclude-tool', 'file_writer_tool'];
  const result = await portia(['tools', 'list', ...flags], { cwd: makeProject({}) });
  expect(listed(result)).toEqual(['check_sql', 'file_reader_tool', 'run_sql', 'write_sql']);
});

test('when a pattern matches no tool then nothing is listed', async () => {
  const result = await portiaHere(['tools', 'list', '--tool', 'calculater_tool'], { cwd: makeProject({}) });
  expectError(result, { code: 'not-found', exit: 2 });
});

test('when settings disable a pattern then what enable names stays on', async () => {
  const tools = { disable: ['*sql*', '*_tool*', '*_table*'], enable: ['run_sql'] };
  const result = await portiaHere(['tools', 'list'], { cwd: makeProject({ 'portia.json': { tools } }) });
  expect(listed(result)).toEqual(['run_sql']);
});
