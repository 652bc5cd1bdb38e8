import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../../support/portia.js';
import { expectError } from '../../support/printed-error.js';
import { idOf, linesOf, logPath, tied, write, writeLines } from '../../support/signed-project.js';
import { plan } from '../../e2e/trust-project.js';
import { makeCloned, type AttackedProject } from './attacked-project.js';

/** What the new owner of a project types first. */
const ACTING: string[][] = [
  ['resume', 'last'],
  ['resume', 'last', '--no-prompt'],
  ['resume', 'last', '--trust-project'],
  ['resume', 'last', '--approve', 'calculator_tool'],
];

const VERIFYING = plan({ kind: 'user_verify', message: 'Overwrite it?', output: '$sure' }, ...write('EVIL').steps);

async function waiting(steps: object = write('EVIL')): Promise<AttackedProject> {
  const project = makeCloned({ Makefile: 'mine', 'plan.json': steps });
  expect((await project.run(['run-plan', 'plan.json', '--no-prompt'])).code).toBe(8);
  return project;
}

/** A clone of the project, by a user with a home folder of his own. */
function cloneOf({ cwd }: AttackedProject): AttackedProject {
  const clone = makeCloned({});
  for (const name of ['runs', 'plans', 'Makefile', 'plan.json']) {
    cpSync(join(cwd, name), join(clone.cwd, name), { recursive: true });
  }
  return clone;
}

function questionOf({ cwd }: AttackedProject): string {
  const raised = linesOf(cwd).map((line) => JSON.parse(line) as { type: string; clarification: { id: string } });
  return raised.find(({ type }) => type === 'clarification.raised')?.clarification.id ?? '';
}

async function expectUnconfirmed(project: AttackedProject, args: string[]): Promise<void> {
  const ended = await project.run(args);
  expect(project.text('Makefile')).toBe('mine');
  const { fix } = expectError(ended, { code: 'consents-unconfirmed', exit: 6 });
  expect(fix).toMatch(/--accept-recorded \w{32}/);
}

describe.each(ACTING.map((args) => [args]))('when %j is typed', (args) => {
  test.each(['yes', 'run'])('in a clone with a recorded %s of somebody else then nothing is done', async (answer) => {
    const project = await waiting();
    expect((await project.run(['answer', 'last', `verify=${answer}`])).code).toBe(0);
    await expectUnconfirmed(cloneOf(project), args);
  });

  test('in a clone with a recorded yes to a step that verifies then nothing is done', async () => {
    const project = await waiting(VERIFYING);
    expect((await project.run(['answer', 'last', '0=yes'])).code).toBe(0);
    await expectUnconfirmed(cloneOf(project), args);
  });

  test.each([
    ['as it is', (_project: AttackedProject, line: string) => line],
    [
      'with a chain made anew',
      (project: AttackedProject, line: string) =>
        tied([...linesOf(project.cwd), line].map((each) => JSON.parse(each) as object)).at(-1) ?? '',
    ],
  ])('after the yes of another run was copied into the log %s then nothing is done', async (_how, fit) => {
    const from = await waiting();
    const before = linesOf(from.cwd).length;
    expect((await from.run(['answer', 'last', 'verify=yes'])).code).toBe(0);
    const to = await waiting();
    for (const line of linesOf(from.cwd).slice(before)) {
      const named = line.replaceAll(idOf(from.cwd), idOf(to.cwd)).replaceAll(questionOf(from), questionOf(to));
      appendFileSync(logPath(to.cwd), `${fit(to, named)}\n`);
    }
    const { code } = await cloneOf(to).run(args);
    expect([2, 6]).toContain(code);
    expect(to.text('Makefile')).toBe('mine');
    const own = await to.run(args);
    expect([2, 6], own.stderr).toContain(own.code);
    expect(to.text('Makefile')).toBe('mine');
  });

  test.each<[string, object]>([
    ['no signature', {}],
    ['a signature of nothing', { signature: { key: 'ed25519:AAAA', value: 'AAAA' } }],
  ])('after a yes with %s was written by hand then nothing is done', async (_what, more) => {
    const project = await waiting();
    const lines = linesOf(project.cwd).map((line) => JSON.parse(line) as Record<string, unknown>);
    const { v, ts, run_id } = lines.at(-1) ?? {};
    const yes = {
      v,
      ts,
      run_id,
      type: 'clarification.resolved',
      id: questionOf(project),
      response: true,
      channel: 'flag',
      ...more,
    };
    writeLines(project.cwd, tied([...lines, yes]));
    const { code, stderr } = await project.run(args);
    expect([2, 6], stderr).toContain(code);
    expect(project.text('Makefile')).toBe('mine');
  });
});

test('when a signed no is made a yes in the log then nothing is done', async () => {
  const project = await waiting();
  expect((await project.run(['answer', 'last', 'verify=no'])).code).toBe(0);
  const changed = linesOf(project.cwd).map((line) => line.replaceAll('"response":false', '"response":true'));
  writeLines(project.cwd, changed);
  const { code } = await project.run(['resume', 'last']);
  expect([2, 6]).toContain(code);
  expect(project.text('Makefile')).toBe('mine');
});

test('when the key of the project itself is offered then it does not count', async () => {
  const project = await waiting();
  expect((await project.run(['answer', 'last', 'verify=yes'])).code).toBe(0);
  const clone = cloneOf(project);
  const settings = makeProject();
  cpSync(project.home, settings, { recursive: true });
  // The project brings the key of whoever said yes, and names it as the one of the user.
  cpSync(settings, join(clone.cwd, 'config'), { recursive: true });
  appendFileSync(join(clone.cwd, '.env'), 'PORTIA_SIGNING_KEY=@config/signing-key.pem\nPORTIA_CONFIG_DIR=config\n');
  await expectUnconfirmed(clone, ['resume', 'last']);
});
