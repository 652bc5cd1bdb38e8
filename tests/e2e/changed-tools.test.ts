import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { onlyRun, openPortia, printedError, printedQuestions, readEvents, runPrinted } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

/** What is sent is written by a module that the tool's module imports. */
const sendTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
import { letter } from '../lib/letter.mjs';

export const send = defineTool({
  id: 'send',
  name: 'Send',
  description: 'Sends.',
  args: z.object({ to: z.string() }),
  run(_context, { to }) {
    appendFileSync('sent.txt', letter(to) + '\\n');
    return 'sent to ' + to;
  },
});
`;
const letter = (text: string) => `export const letter = (to) => ${text};\n`;
const send = (to: string, output: string) => ({ kind: 'tool', tool_id: 'send', args: { to }, output });

const office = (...steps: object[]) =>
  makeToolProject(sendTool, {
    'lib/letter.mjs': letter("'Dear ' + to"),
    'send.json': { plan_context: { query: 'Send it.', tool_ids: ['send'] }, steps },
  });
const RUN = ['run-plan', 'send.json'];
const change = (cwd: string, text: string) => writeFileSync(join(cwd, 'lib/letter.mjs'), letter(text));
const sent = (cwd: string) => (existsSync(join(cwd, 'sent.txt')) ? readFileSync(join(cwd, 'sent.txt'), 'utf8') : '');

test('when the code of a tool changes after the yes then it is not run under that yes, and the printed command continues', async () => {
  const cwd = office(send('Ada', '$a'));
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd })).code).toBe(0);
  change(cwd, "'Hi ' + to");
  const refused = await portiaHere(['resume', 'last'], { cwd });
  expect(refused.code).toBe(6);
  const { code, message, fix, run_id: id } = printedError(refused.stderr);
  expect({ code, message }).toEqual({
    code: 'stale',
    message: 'The tool send (tools/tools.mjs) has changed since the run was started.',
  });
  expect(sent(cwd)).toBe('');
  const accepted = await runPrinted(String(fix).split('\n')[0] ?? '', { cwd });
  expect(accepted.code).toBe(8);
  expect(printedQuestions(accepted.stderr).questions).toMatchObject([{ tool_id: 'send', selector: 'verify' }]);
  const changes = readEvents(cwd, String(id)).filter(({ type }) => type === 'tool.changed');
  expect(changes).toMatchObject([{ tool_id: 'send', file: 'tools/tools.mjs', channel: 'flag' }]);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(sent(cwd)).toBe('Hi Ada\n');
});

test('when somebody mends a tool after its step failed then one command continues, and nothing is sent twice', async () => {
  const cwd = office(send('Ada', '$a'), send('Bob', '$b'));
  change(cwd, "to === 'Bob' ? (() => { throw new Error('no paper'); })() : 'Dear ' + to");
  const failed = await portiaHere([...RUN, '--approve', 'send'], { cwd });
  // Nobody knows whether a letter left that was begun.
  expect(printedQuestions(failed.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  change(cwd, "'Dear ' + to");
  const flags = ['--accept-changed', 'send', '--answer', 'outcome=not_done'];
  expect((await portiaHere(['resume', 'last', '--approve', 'send', ...flags], { cwd })).code).toBe(0);
  expect(sent(cwd)).toBe('Dear Ada\nDear Bob\n');
});

test('when an id is mistyped then nothing is run, and the right one is named', async () => {
  const cwd = office(send('Ada', '$a'));
  await portiaHere(RUN, { cwd });
  change(cwd, "'Hi ' + to");
  const refused = await portiaHere(['resume', 'last', '--accept-changed', 'sned'], { cwd });
  expect(refused.code).toBe(2);
  expect(printedError(refused.stderr)).toMatchObject({ fix: `portia resume ${onlyRun(cwd).id} --accept-changed send` });
});

test.each([
  { says: 'y', end: 'asks about the call', code: 0, letters: 'Hi Ada\n' },
  { says: 'n', end: 'leaves the run as it was', code: 9, letters: '' },
])('when $says is pressed at the question about a changed tool then it $end', async ({ says, code, letters }) => {
  const cwd = office(send('Ada', '$a'));
  await portiaHere(RUN, { cwd });
  change(cwd, "'Hi ' + to");
  const terminal = openPortia(['resume', 'last'], { cwd });
  await terminal.waitFor('Continue with it as it is now?');
  expect(terminal.screen()).toContain('This tool has changed since the run was started:');
  expect(terminal.screen()).toMatch(/send {2}tools\/tools\.mjs/);
  terminal.type(says);
  terminal.press('enter');
  if (says === 'y') {
    await terminal.waitFor(/changed while the question waited[^]*exactly this argument\?/);
    expect(sent(cwd)).toBe('');
    terminal.type('y');
    terminal.press('enter');
  }
  expect(await terminal.exit()).toEqual({ code, signal: 0 });
  expect(sent(cwd)).toBe(letters);
  if (says === 'n') expect(onlyRun(cwd).state).toBe('NEED_CLARIFICATION');
});

test('when Ctrl-C is pressed at the question about a changed tool then nothing is changed', async () => {
  const cwd = office(send('Ada', '$a'));
  await portiaHere(RUN, { cwd });
  change(cwd, "'Hi ' + to");
  const terminal = openPortia(['resume', 'last'], { cwd });
  await terminal.waitFor('Continue with it as it is now?');
  terminal.press('ctrl-c');
  expect(await terminal.exit()).toMatchObject({ code: 130 });
  expect(onlyRun(cwd).state).toBe('NEED_CLARIFICATION');
});
