import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { EventOf } from '../../src/domain/run/events.js';
import { defined } from '../support/defined-hooks.js';
import { portiaHere } from '../support/portia-here.js';
import { portia, UNTRUSTED } from '../support/portia.js';
import { onlyRun, printedError, printedQuestions, readEvents, runPrinted } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const sendTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const send = defineTool({
  id: 'send',
  name: 'Send',
  description: 'Sends.',
  args: z.object({ to: z.string() }),
  run(_context, { to }) {
    appendFileSync('sent.txt', to + '\\n');
    return 'sent to ' + to;
  },
});
`;
const step = (to: string, output: string) => ({ kind: 'tool', tool_id: 'send', args: { to }, output });

function office(hooks: string, ...steps: object[]): string {
  return makeToolProject(sendTool, {
    'portia.json': { tools: { modules: ['./tools/*.mjs'] }, hooks: './hooks.ts' },
    'hooks.ts': hooks,
    'send.json': {
      plan_context: { query: 'Send it.', tool_ids: ['send'] },
      steps: steps.length === 0 ? [step('ann@example.com', '$sent')] : steps,
    },
  });
}
const sent = (cwd: string) => (existsSync(join(cwd, 'sent.txt')) ? readFileSync(join(cwd, 'sent.txt'), 'utf8') : '');
const RUN = ['run-plan', 'send.json', '--approve', '*', '--format', 'json'];
const NO_LOG = 'beforeStep() { return undefined; }';

describe('a module of hooks', () => {
  test('when it changes a call then the person is asked about that, and the picture of the run says so', async () => {
    const cwd = office(
      defined("beforeToolCall: ({ args }) => ({ args: { ...args, to: args.to.replace(/@.*/, '@…') } })"),
    );
    const paused = await portia(['run-plan', 'send.json'], { cwd });
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([{ tool_id: 'send', args: { to: 'ann@…' } }]);
    expect((await portia(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
    expect(sent(cwd)).toBe('ann@…\n');
    const shown = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
    expect(shown.stdout).toContain('changed by the hook beforeToolCall: args');
    expect((await portiaHere(['verify', 'last'], { cwd })).code).toBe(0);
    expect(await portiaHere(['show', 'last', '--trace'], { cwd })).toMatchObject({ code: 0 });
  });

  test('when one has thrown and was corrected then the printed command continues the run', async () => {
    const cwd = office(defined("beforeToolCall() { throw new Error('no key'); }"));
    const failed = await portia(RUN, { cwd });
    expect(failed.code).toBe(1);
    const { fix } = printedError(failed.stderr);
    writeFileSync(join(cwd, 'hooks.ts'), defined('beforeToolCall() { return undefined; }'));
    const [command = ''] = /portia resume .*(?=   #)/.exec(String(fix)) ?? [];
    expect(await runPrinted(`${command} --approve '*'`, { cwd })).toMatchObject({ code: 0 });
    expect(sent(cwd)).toBe('ann@example.com\n');
  });

  test('when it was corrected in a project whose content is trusted then trusting that is named first', async () => {
    const cwd = office(defined("beforeToolCall() { throw new Error('no key'); }"));
    expect(await portiaHere(['trust', '--content', '--yes'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 0 });
    const { fix } = printedError((await portiaHere(RUN, { cwd, env: UNTRUSTED })).stderr);
    const [correct = '', trust = '', resume = ''] = String(fix).split('\n');
    expect([correct, trust, resume]).toEqual([
      'Correct hooks.ts; what is done stays done.',
      'portia trust   # then, because you trust the project only as it was',
      expect.stringMatching(/^portia resume .*--accept-changed portia:hooks /),
    ]);
    const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env: UNTRUSTED });
    expect(shown.stdout).toContain('portia trust   # then');
    writeFileSync(join(cwd, 'hooks.ts'), defined('beforeToolCall() { return undefined; }'));
    expect(await portiaHere(['trust', '--content', '--yes'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 0 });
    const [id = ''] = /prun-\S+/.exec(resume) ?? [];
    const again = ['resume', id, '--accept-changed', 'portia:hooks', '--approve', '*'];
    expect(await portiaHere(again, { cwd, env: UNTRUSTED })).toMatchObject({ code: 0 });
  });

  test('when its run is redacted then which hook did what stays, and what it gave does not', async () => {
    const cwd = office(defined("beforeToolCall: () => ({ args: { to: 'zebra' } })"));
    expect((await portiaHere(RUN, { cwd })).code).toBe(0);
    expect((await portiaHere(['export', 'last', '--redact', '-o', 'run.ndjson'], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, 'run.ndjson'), 'utf8');
    expect(text).toContain('"hook":"beforeToolCall"');
    expect(text).toContain('"did":["args"]');
    expect(text).not.toContain('zebra');
  });

  test('when it exports functions by name, prints and reads its variable then that works as in a tool', async () => {
    const cwd = office(
      `export const env = ['CHAT_URL'];\nexport function afterRun({ state }) { console.log(state + ' ' + process.env.CHAT_URL + ' ' + process.env.OTHER); }\n`,
    );
    const env = { CHAT_URL: 'chat', OTHER: 'secret' };
    const { code, stderr } = await portiaHere(RUN, { cwd, env });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('complete chat undefined') });
  });

  test('when a run is cancelled then afterRun is told', async () => {
    const cwd = office(
      `${defined("afterRun: ({ state }) => writeFileSync('end.txt', state)")}import { writeFileSync } from 'node:fs';`,
    );
    expect((await portiaHere(['run-plan', 'send.json'], { cwd })).code).toBe(8);
    expect(readFileSync(join(cwd, 'end.txt'), 'utf8')).toBe('paused');
    expect((await portiaHere(['cancel', 'last', '--yes'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'end.txt'), 'utf8')).toBe('cancelled');
  });

  test('when the code of the hooks changes then the run continues only once a person accepts that', async () => {
    const cwd = office(defined(NO_LOG));
    expect((await portiaHere(['run-plan', 'send.json'], { cwd })).code).toBe(8);
    writeFileSync(join(cwd, 'hooks.ts'), defined("beforeToolCall: () => ({ refuse: 'no' })"));
    const refused = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd });
    expect(refused.code).toBe(6);
    const { message, fix } = printedError(refused.stderr);
    expect(message).toBe('The hooks (hooks.ts) have changed since the run was started.');
    const [accept = ''] = String(fix).split('\n');
    expect(accept).toContain('--accept-changed portia:hooks');
    await runPrinted(accept, { cwd });
    const { id } = onlyRun(cwd);
    const [changed] = readEvents(cwd, id).filter(
      (event): event is EventOf<'tool.changed'> => event.type === 'tool.changed',
    );
    expect(changed).toMatchObject({ tool_id: 'portia:hooks', file: 'hooks.ts', channel: 'flag' });
  });

  test('when the hooks are gone then that is told in the same way', async () => {
    const cwd = office(defined(NO_LOG));
    expect((await portiaHere(['run-plan', 'send.json'], { cwd })).code).toBe(8);
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ tools: { modules: ['./tools/*.mjs'] } }));
    const refused = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd });
    expect({ code: refused.code, ...printedError(refused.stderr) }).toMatchObject({
      code: 'stale',
      message: 'The hooks have changed since the run was started.',
    });
    const accepting = ['resume', 'last', '--answer', 'verify=yes', '--accept-changed', 'portia:hooks'];
    expect((await portiaHere(accepting, { cwd })).code).toBe(0);
  });

  test('when the project is not trusted then nothing is run without its hooks', async () => {
    const cwd = office(defined(NO_LOG), { kind: 'compute', expression: '1', output: '$a' });
    const refused = await portiaHere(['run-plan', 'send.json'], { cwd, env: UNTRUSTED });
    expect(refused.code).toBe(6);
    expect(printedError(refused.stderr)).toMatchObject({
      code: 'project-untrusted',
      message: 'The project has hooks that look at every run, and this project is not trusted.',
      why: expect.stringContaining('1 module of hooks (./hooks.ts)'),
    });
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    const shown = await portiaHere(['trust', '--format', 'human'], { cwd, env: UNTRUSTED });
    expect(shown.stdout).toContain('Is called before and after what is planned and done, with your rights:');
    expect(shown.stdout).toContain('hooks.ts');
  });
});

describe('a module of hooks that is wrong', () => {
  test.each<[string, string, RegExp, RegExp]>([
    [
      'has a misspelt hook',
      defined('beforeTolCall: () => undefined'),
      /there is no hook "beforeTolCall"/,
      /Did you mean beforeToolCall\?/,
    ],
    ['exports nothing', 'export {};', /it has no hook/, /Write at least one/],
    ['throws', "throw new Error('no database');", /cannot be loaded/, /Correct hooks\.ts/],
    ['is broken', 'export default {', /cannot be loaded/, /Correct hooks\.ts/],
    ['has a hook that is a text', "export const afterRun = 'log';", /afterRun is not a function/, /Write afterRun/],
    [
      'names variables wrongly',
      'export const env = 5; export function afterRun() {}',
      /cannot be loaded/,
      /Correct hooks\.ts/,
    ],
  ])('when it %s then that is refused before anything is done', async (_what, hooks, message, fix) => {
    const cwd = office(hooks);
    const { code, stderr } = await portiaHere(RUN, { cwd });
    expect(code).toBe(2);
    expect(printedError(stderr)).toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    });
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    const checked = await portiaHere(['check', 'send.json', '--format', 'json'], { cwd });
    expect(checked.code).toBe(2);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ rule: 'hooks', severity: 'error' })]),
    });
    const looked = await portiaHere(['doctor', '--format', 'human'], { cwd });
    expect(looked.code).toBe(1);
    expect(looked.stdout).toContain('The hooks in hooks.ts');
  });

  test('when it is missing or outside then that is refused', async () => {
    const cwd = office(defined(NO_LOG));
    for (const [hooks, message] of [
      ['./hoks.ts', 'There is no file hoks.ts with hooks.'],
      ['../hooks.ts', /^The hooks "\.\.\/hooks\.ts" are outside/],
    ] as const) {
      writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ tools: { modules: ['./tools/*.mjs'] }, hooks }));
      const { code, stderr } = await portiaHere(RUN, { cwd });
      expect(code).toBe(2);
      expect(String(printedError(stderr)['message'])).toMatch(message);
    }
  });

  test.each<[string, string, RegExp]>([
    [
      'exits',
      'beforeToolCall: () => process.exit(0)',
      /^The hook beforeToolCall threw: it ended its own process, with exit code 0\.$/,
    ],
    [
      'leaves an error that nothing catches',
      "beforeToolCall: async () => { setTimeout(() => { throw new Error('late'); }, 1); await new Promise(() => {}); }",
      /uncaught error ended its process: late/,
    ],
    [
      'takes too long',
      'timeoutMs: 200, beforeToolCall: () => { for (;;); }',
      /took longer than 0\.2 s\. To give it more: timeoutMs/,
    ],
    [
      'floods',
      "beforeToolCall: () => { for (let i = 0; i < 2000; i += 1) console.log('x'.repeat(1000)); return { refuse: 'full' }; }",
      /refused by the hook beforeToolCall: full/,
    ],
  ])('when it %s then the step fails with its name, and portia lives on', async (_what, body, message) => {
    const cwd = office(defined(body));
    const { code } = await portiaHere(RUN, { cwd });
    expect(code).toBe(1);
    expect(onlyRun(cwd).error?.message.replace(/^send: /, '')).toMatch(message);
    expect(sent(cwd)).toBe('');
  });
});
