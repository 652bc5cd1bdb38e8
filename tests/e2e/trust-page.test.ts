import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { callDetails } from '../../src/ui/question-view.js';
import { makeProject, portia } from '../support/portia.js';
import { expectKnownCommand } from '../support/printed-error.js';
import { question } from '../support/question-examples.js';
import { printedError, printedQuestions, runPrinted } from '../support/scenario.js';
import { acceptedBy, answered, copyOf, idOf, write } from '../support/signed-project.js';
import { look } from '../support/view-examples.js';
import { makeVisit, OWN_TOOL, plan, tool, type Visit } from './trust-project.js';

const PAGE = readFileSync('docs/trust.md', 'utf8');

/** The lines of every block of the page, as they are typed. */
const BLOCKS = [...PAGE.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text = '']) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\$ /, '')),
);
const used = new Set<string[]>();

function block(mark: string): string[] {
  const found = BLOCKS.find((lines) => !used.has(lines) && lines.some((line) => line.includes(mark)));
  if (found === undefined) throw new Error(`docs/trust.md has no other block with ${mark}.`);
  used.add(found);
  return found;
}

/** Types the lines one after the other in one shell. What they print, with their exit codes. */
async function type(
  lines: string[],
  { cwd, env }: Visit,
): Promise<{ codes: number[]; stdout: string; stderr: string }> {
  const script = lines.map((line) => `${line.replace(/ #.*$/, '')}\necho "code $?"`).join('\n');
  const { stdout, stderr } = await runPrinted(script, { cwd, env });
  return { codes: [...stdout.matchAll(/^code (\d+)$/gm)].map(([, code]) => Number(code)), stdout, stderr };
}

const USES_MODULE = { ...OWN_TOOL, 'plan.json': OWN_TOOL['greet.json'] };

test('when portia trust is typed then it lists what would run, and exits with 6 where nobody can be asked', async () => {
  const { codes, stdout, stderr } = await type(block('portia trust'), makeVisit(USES_MODULE));
  expect(codes).toEqual([6]);
  expect(stdout + stderr).toContain('greet.mjs');
});

test('when the settings with rules about calls are used then they are read, and only what tightens needs no trust', async () => {
  const settings = block('run_command_tool').join('\n');
  const visit = makeVisit({ 'portia.json': settings });
  const { stdout, stderr } = await portia(['trust'], visit);
  expect(stdout + stderr).toContain("run_command_tool: allow when $args.command[0] = 'git'");
  expect(stdout + stderr).not.toContain('deny');
});

test('when the lines for CI are typed then each trusts the project', async () => {
  const lines = block('PORTIA_TRUST_PROJECT=1');
  const visit = makeVisit(USES_MODULE);
  const runs = 'portia run-plan plan.json';
  const [every = '', root = '', once = '', kept = ''] = lines;
  const here = root.replace('/work', visit.cwd);
  expect((await type([every, runs], visit)).codes).toEqual([0, 0]);
  expect((await type([here, runs], visit)).codes).toEqual([0, 0]);
  expect((await type([root, runs], visit)).codes).toEqual([0, 6]);
  expect((await type([once, runs, kept, runs], visit)).codes).toEqual([0, 6, 0, 0]);
  expect(lines).toHaveLength(4);
});

test('when a tool was changed then the line of the page lets the run continue with the tool as it is now', async () => {
  const module = OWN_TOOL['greet.mjs'].replaceAll('greet', 'send').replace("'read'", "'once'");
  const visit = makeVisit({ ...USES_MODULE, 'greet.mjs': module, 'plan.json': plan(tool('send', { name: 'Ada' })) });
  expect((await type(['portia trust --folder --yes', 'portia run-plan plan.json'], visit)).codes).toEqual([0, 8]);
  writeFileSync(join(visit.cwd, 'greet.mjs'), module.replace('Hello', 'Hi'));
  const [line = ''] = block('--accept-changed').map((each) => each.replace('prun-…', idOf(visit.cwd)));
  expect((await type(['portia resume last', line], visit)).codes).toEqual([6, 8]);
});

test('when the lines about signers are typed then Ada is named, listed and taken back', async () => {
  const [key = '', ...lines] = block('--signer');
  const ada = await type([key], makeVisit({}));
  expect(ada.codes).toEqual([0]);
  const hers = /ed25519:[\w+/=-]+/.exec(ada.stdout)?.[0] ?? 'no key';
  const visit = makeVisit({});
  const { codes, stdout } = await type(
    lines.map((line) => line.replace('ed25519:…', hers)),
    visit,
  );
  expect(codes).toEqual([0, 0, 0]);
  expect(stdout).toContain('Ada');
  expect((await type(['portia trust --signers'], visit)).stdout).not.toContain('Ada');
});

test('when consents of somebody else are recorded then the line of the page with the printed digest lets them count', async () => {
  const cwd = copyOf(await answered());
  const refused = await portia(['resume', 'last'], { cwd });
  const digest = acceptedBy(printedError(refused.stderr)['fix']);
  const lines = block('--accept-recorded').map((line) =>
    line.replace('prun-…', idOf(cwd)).replace(/(--accept-recorded) \w+/, `$1 ${digest}`),
  );
  expect((await type(lines, { cwd, env: {} })).codes).toEqual([0]);
});

test('when the lines about a common key are typed then two machines sign with it', async () => {
  const lines = block('openssl');
  const here = makeVisit({ Makefile: 'mine', 'plan.json': write('NEW') });
  const [, , first, second] = (
    await type([...lines, 'portia run-plan plan.json', 'portia answer last verify=yes'], here)
  ).codes;
  expect([first, second]).toEqual([8, 0]);
  const elsewhere = makeVisit({});
  cpSync(here.cwd, elsewhere.cwd, { recursive: true });
  expect((await type(['portia resume last'], elsewhere)).codes).toEqual([6]);
  expect((await type([lines[1] ?? '', 'portia resume last'], elsewhere)).codes).toEqual([0, 0]);
});

test('when the owner of files is named then this is kept for the project', async () => {
  const lines = block('--owner').map((line) => line.replace('ada', 'root'));
  const { codes, stdout } = await type(
    [...lines, 'portia trust --list', 'portia trust --revoke'],
    makeVisit({ 'portia.json': {} }),
  );
  expect(codes).toEqual([0, 0, 0]);
  expect(stdout).toContain('root');
});

test('when the root of a container is named then its project is trusted', async () => {
  const visit = makeVisit(USES_MODULE);
  const lines = block('PORTIA_TRUST_PROJECT=/work').map((line) => line.replace('/work', visit.cwd));
  expect((await type([...lines, 'portia run-plan plan.json'], visit)).codes).toEqual([0, 0]);
});

test('when a question about a call is drawn then it looks as on the page', () => {
  const page = { from: 'tool', tool: 'fetch_tool', step: '0', name: '$page' };
  const asked = question({
    category: 'User Verification',
    tool_id: 'send_mail',
    args: { to: 'ada@example.com', body: 'The page says: …' },
    effect: 'once',
    sends: true,
    sources: { to: [{ from: 'plan' }], body: [{ from: 'model', step: '1', model: 'openai/gpt-5', read: [page] }] },
  });
  expect(callDetails(asked, { ...look, columns: 120 })).toEqual(block('send_mail (acts'));
});

test('when a question about a call is written as on the page then it is one, and a run asks such a question', async () => {
  const written = JSON.parse(block('"args_schema"').join('\n')) as Record<string, unknown>;
  expect(question(written)).toMatchObject(written);
  const visit = makeVisit({ 'plan.json': write('NEW'), Makefile: 'mine' });
  const { stderr } = await portia(['run-plan', 'plan.json'], visit);
  const [asked] = printedQuestions(stderr).questions;
  expect(Object.keys(asked ?? {})).toEqual(expect.arrayContaining(['args_schema', 'effect', 'sources']));
});

test('when the page has a block then a test above runs it, and commands in its text exist', () => {
  expect(BLOCKS.filter((lines) => !used.has(lines))).toEqual([]);
  const inText = [...PAGE.matchAll(/`(portia [^`]+)`/g)].map(([, command = '']) => command);
  expect(inText.length).toBeGreaterThan(5);
  for (const command of inText) expectKnownCommand(command);
});

test('when a folder has neither settings nor variables then nothing of it needs trust', async () => {
  const cwd = makeProject({ 'plan.json': OWN_TOOL['add.json'] });
  expect((await type(['portia trust', 'portia run-plan plan.json'], { cwd, env: {} })).codes).toEqual([0, 0]);
});
