import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { carryOver } from '../support/exported-run.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';

const QUERY = 'how many are there';
const SUM = { kind: 'compute', expression: '1 + 2', output: '$total' };
const MORE = { kind: 'compute', expression: '$total * 2', output: '$more' };
const planned = (...steps: unknown[]) => ({ reply: { json: { steps, error: null } } });

interface Exchange {
  attempt: number;
  request: { messages: { role: string; text: string }[]; responseFormat: object } | null;
  request_state: string;
  repair?: { role: string; text: string }[];
  reply: { text: string } | null;
  error: { code: string } | null;
}

/** A plan that was made with these replies. */
async function plannedProject(replies: Parameters<typeof playModel>[0], settings: object = {}) {
  const cwd = makeExampleProject({ 'portia.json': JSON.stringify(settings) });
  const { environment } = await playModel(replies);
  const command = async (...args: string[]) => portiaHere(args, { cwd, env: environment });
  const made = await command('plan', QUERY);
  expect(made.code, made.stderr).toBe(0);
  const { id } = JSON.parse(made.stdout) as { id: string };
  const kept = join(cwd, 'plans', 'prompts', `${id}.json`);
  const prompts = async (plan = id) => JSON.parse((await command('show', plan, '--prompts')).stdout) as Exchange[];
  return { cwd, id, kept, made, command, prompts };
}

test('when a model made a plan then what it was sent and said is shown, of each attempt', async () => {
  const wrong = { kind: 'compute', expression: '$nothing', output: '$total' };
  const { id, kept, made, command, prompts } = await plannedProject([planned(wrong), planned(SUM)]);
  const exchanges = await prompts();
  expect(exchanges.map(({ attempt, error }) => [attempt, error])).toEqual([
    [1, null],
    [2, null],
  ]);
  const [first, second] = exchanges;
  expect(first?.request?.messages[0]).toMatchObject({
    role: 'system',
    text: expect.stringMatching(/^You are a plann/),
  });
  expect(first?.request?.messages[1]?.text).toContain(`## Request\n${QUERY}`);
  expect(first?.request?.responseFormat).toMatchObject({ kind: 'json_schema', name: 'plan' });
  expect(second?.request?.messages[1]?.text).toContain('## Your previous reply was rejected');
  expect(JSON.parse(second?.reply?.text ?? '')).toMatchObject({ steps: [SUM] });
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(made.stdout).not.toContain('You are a planner');

  const shown = await command('show', id, '--prompts', '--as', 'tree');
  expect(shown.stdout).toMatch(
    /^\S+ attempt 1 {2}openai\S+ {2}\(planning\) .* 10\+5 tokens\nsystem\n {2}You are a plan/,
  );
  expect(shown.stdout).toContain(`\n  ## Request\n  ${QUERY}\n`);
  const traced = await command('show', id, '--trace', '--as', 'tree');
  expect(traced.stdout).toMatch(/^at +time +took +tokens +attempt +call\n/);
  expect(traced.stdout).toMatch(/ 10\+5 +2 +✔ model openai\S+\n/);
});

test('when a reply has a wrong form then it is shown with what was said about it', async () => {
  const { prompts } = await plannedProject([{ reply: { text: 'Three.' } }, planned(SUM)]);
  const [exchange, ...others] = await prompts();
  expect(others).toEqual([]);
  expect(exchange?.repair).toMatchObject([
    { role: 'assistant', text: 'Three.' },
    { role: 'user', text: expect.stringContaining('Your reply cannot be used:') },
  ]);
});

test('when a plan is refined then its own prompts are kept, and those of the first one stay', async () => {
  const { id, command, prompts } = await plannedProject([planned(SUM), planned({ keep: 0 }, MORE)]);
  const refined = JSON.parse((await command('refine', id, 'double it')).stdout) as { id: string };
  expect((await prompts(refined.id))[0]?.request?.messages[1]?.text).toContain('## Change\ndouble it');
  expect((await prompts())[0]?.request?.messages[1]?.text).not.toContain('## Change');
});

test('when requests are not to be recorded then nothing of the planning is kept', async () => {
  const { id, kept, command } = await plannedProject([planned(SUM)], { record_requests: false });
  expect(existsSync(kept)).toBe(false);
  const error = expectError(await command('show', id, '--prompts', '--json'), { code: 'not-found', exit: 2 });
  expect(error.message).toBe(`Of ${id} no request to a planning model is kept.`);
  expect(error.why).toContain('record_requests was false when it was made.');
});

test('when a secret is in the request then it is not in what is kept', async () => {
  const secret = 'how-many-are-there-hunter2';
  const cwd = makeExampleProject({});
  const { environment } = await playModel([planned(SUM)]);
  const env = { ...environment, OPENAI_API_KEY: secret };
  const made = await portiaHere(['plan', `count ${secret}`], { cwd, env });
  const { id } = JSON.parse(made.stdout) as { id: string };
  const kept = readFileSync(join(cwd, 'plans', 'prompts', `${id}.json`), 'utf8');
  expect(kept).toContain('## Request\\ncount [OPENAI_API_KEY]');
  expect(kept).not.toContain('hunter2');
});

test('when the plan is removed then what was kept of its planning goes, too', async () => {
  const { id, kept, command } = await plannedProject([planned(SUM)]);
  expect(existsSync(kept)).toBe(true);
  expect((await command('rm', id, '--yes')).code).toBe(0);
  expect(existsSync(kept)).toBe(false);
});

test('when the plan is a file then its prompts are those of the same plan here, and not of a changed one', async () => {
  const { cwd, id, made, command, prompts } = await plannedProject([planned(SUM)]);
  writeFileSync(join(cwd, 'same.json'), made.stdout);
  expect(await prompts('same.json')).toEqual(await prompts(id));
  writeFileSync(join(cwd, 'other.json'), made.stdout.replace('1 + 2', '1 + 3'));
  const error = expectError(await command('show', 'other.json', '--prompts', '--json'), { code: 'not-found', exit: 2 });
  expect(error.why).toContain('It was changed since');
});

test('when a run is exported then what was kept of the planning travels with it, except in a report', async () => {
  const { cwd, id, kept, command, prompts } = await plannedProject([planned(SUM)]);
  const { id: run } = JSON.parse((await command('run-plan', id)).stdout) as { id: string };
  const other = makeExampleProject({});
  await carryOver(run, cwd, other);
  const there = await portiaHere(['show', id, '--prompts'], { cwd: other });
  expect(JSON.parse(there.stdout)).toEqual(await prompts());
  const report = await command('export', run, '--redact');
  expect(report.stdout).not.toContain('You are a planner');
  expect(readFileSync(kept, 'utf8')).toContain('You are a planner');
});

test('when the store is copied then what was kept of the planning is there, too', async () => {
  const { id, command, prompts } = await plannedProject([planned(SUM)]);
  expect((await command('store', 'copy', 'file:', 'file:backup')).code).toBe(0);
  const there = await command('show', id, '--prompts', '--store', 'file:backup');
  expect(JSON.parse(there.stdout)).toEqual(await prompts());
});

test('when what is kept is damaged then that is said, and the plan can be used all the same', async () => {
  const { cwd, id, kept, command } = await plannedProject([planned(SUM)]);
  const [exchange] = JSON.parse(readFileSync(kept, 'utf8')) as Exchange[];
  for (const change of [{ started_at: 'yesterday' }, { ms: -5 }]) {
    writeFileSync(kept, JSON.stringify([{ ...exchange, ...change }]));
    expectError(await command('show', id, '--trace', '--json'), { code: 'unreadable', exit: 2 });
  }
  writeFileSync(kept, JSON.stringify([{ ...exchange, request: null }]));
  const shown = await command('show', id, '--prompts', '--as', 'tree');
  expect(shown.stdout).toContain("It is lost: the plan's file of prompts is damaged.");
  writeFileSync(kept, '[{"attempt":"one"}]');
  const error = expectError(await command('show', id, '--prompts', '--json'), { code: 'unreadable', exit: 2 });
  expect(error.message).toContain(`${id}.json does not say what the planning model was sent.`);
  expect((await command('run-plan', id, '--format', 'value')).stdout).toBe('3\n');
  expect(await command('export', 'last', '--redact')).toMatchObject({ code: 0, stderr: '' });
  const exported = await command('export', 'last', '-o', 'run.ndjson');
  expect(exported.code).toBe(0);
  const said = exported.stderr.replaceAll(/\s+/g, ' ');
  expect(said).toContain(`What a model was sent and said for ${id} is damaged, so it is not in the file.`);
  const other = makeExampleProject({});
  const there = async (...args: string[]) => portiaHere(args, { cwd: other });
  expect((await there('import', join(cwd, 'run.ndjson'))).code).toBe(0);
  expect((await there('show', 'last', '--format', 'value')).stdout).toBe('3\n');
});

test('when something else is in place of what is kept then the plan is removed once that was moved away', async () => {
  const { id, kept, command } = await plannedProject([planned(SUM)]);
  rmSync(kept);
  mkdirSync(kept);
  const { message } = expectError(await command('rm', id, '--yes', '--json'), { code: 'storage-failed', exit: 10 });
  expect(message).toContain(`Could not remove ${kept}`);
  rmSync(kept, { recursive: true });
  expect((await command('rm', id, '--yes')).code).toBe(0);
});

test.each<[string, string[], string]>([
  ['the plan was planned offline', ['plan', 'add 1 + 2'], 'It was planned offline: no model was asked.'],
  ['a person wrote the plan', [], 'No model made it.'],
])('when %s then there are no prompts, and that is said', async (_how, args, why) => {
  const cwd = makeExampleProject({ 'own.json': JSON.stringify({ plan_context: { query: QUERY }, steps: [SUM] }) });
  if (args.length > 0) writeFileSync(join(cwd, 'own.json'), (await portiaHere(args, { cwd })).stdout);
  const ended = await portiaHere(['show', 'own.json', '--prompts', '--json'], { cwd });
  expect(expectError(ended, { code: 'not-found', exit: 2 }).why).toBe(why);
});

test('when a step of a plan is named then it says that only a run has calls of steps', async () => {
  const { id, command } = await plannedProject([planned(SUM)]);
  const error = expectError(await command('show', id, '--step', '0', '--prompts', '--json'), {
    code: 'usage',
    exit: 2,
  });
  expect(error.message).toBe(`${id} is a plan: only a run has calls of its steps.`);
});
