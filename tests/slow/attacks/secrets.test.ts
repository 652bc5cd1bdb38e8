import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { allBytes } from '../../support/folder-listing.js';
import { plan, tool } from '../../e2e/trust-project.js';
import { CANARY, makeCloned, makeTrusted, toolModule, WITH_MODULES, type AttackedProject } from './attacked-project.js';

/** Everything that commands print afterwards about the only run. */
async function shown({ run }: AttackedProject): Promise<string> {
  const commands = [
    ['show', 'last'],
    ['show', 'last', '--json'],
    ['show', 'last', '--events'],
    ['list'],
    ['verify', 'last'],
    ['resume', 'last', '--no-prompt', '-v'],
  ];
  let text = '';
  for (const args of commands) {
    const { stdout, stderr } = await run(args);
    text += stdout + stderr;
  }
  return text;
}

async function expectNowhere(project: AttackedProject, printed: string[], folders: string[]): Promise<void> {
  expect(printed.join('\n')).not.toContain(CANARY);
  expect(await shown(project)).not.toContain(CANARY);
  for (const folder of folders) expect(allBytes(join(project.cwd, folder))).not.toContain(CANARY);
}

describe('a password', () => {
  const question = (schema: object) => ({ kind: 'user_input', message: 'Password?', schema, output: '$pw' });
  const LENGTH = tool('length', { of: '{{ $pw }}' });
  const LENGTH_TOOL = {
    'portia.json': WITH_MODULES,
    'tools/length.mjs': toolModule(
      `export const length = defineTool({ id: 'length', name: 'Length', description: 'Measures.', effect: 'read', args: z.object({ of: z.string() }), run: (_c, { of }) => 'of ' + of + ': ' + of.length });`,
    ),
  };

  test.each([[{ type: 'string', format: 'password' }], [{ type: 'string', writeOnly: true }]])(
    'when it is the answer to a question with %j then it is kept and printed nowhere',
    async (schema) => {
      const project = await makeTrusted({ ...LENGTH_TOOL, 'plan.json': plan(question(schema), LENGTH) });
      writeFileSync(join(project.home, 'pw.txt'), CANARY);
      expect((await project.run(['run-plan', 'plan.json', '--no-prompt'])).code).toBe(8);
      const done = await project.run(['resume', 'last', '--answer', `pw=@${join(project.home, 'pw.txt')}`, '-v']);
      expect(done, done.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(`: ${CANARY.length}`) });
      await expectNowhere(project, [done.stdout, done.stderr], ['runs', 'plans']);
    },
  );

  test.each<[string, (file: string) => string[]]>([
    ['-i', (file) => ['-i', `pw=@${file}`]],
    ['--inputs', (file) => ['--inputs', `${file}.json`]],
  ])('when it is a plan input by %s then it is kept and printed nowhere', async (_flag, flags) => {
    const inputs = [{ name: '$pw', schema: { type: 'string', format: 'password' } }];
    const project = await makeTrusted({ ...LENGTH_TOOL, 'plan.json': { ...plan(LENGTH), plan_inputs: inputs } });
    const file = join(project.home, 'pw');
    writeFileSync(file, CANARY);
    writeFileSync(`${file}.json`, JSON.stringify({ pw: CANARY }));
    const done = await project.run(['run-plan', 'plan.json', '-v', '--events', 'events.ndjson', ...flags(file)]);
    expect(done.code, done.stderr).toBe(0);
    expect(project.text('events.ndjson')).not.toContain(CANARY);
    await expectNowhere(project, [done.stdout, done.stderr], ['runs', 'plans']);
  });
});

describe('an address with a secret in it', () => {
  const search = plan(tool('search_tool', { search_query: 'x' }));

  test.each([
    'http://u:SECRET@127.0.0.1:1/',
    'http://SECRET@127.0.0.1:1/',
    'http://127.0.0.1:1/?api_key=SECRET',
    'http://127.0.0.1:1/?token=SECRET',
  ])('when the search has %s then no command shows it', async (pattern) => {
    const project = makeCloned({ 'plan.json': search });
    const env = { TAVILY_API_KEY: 'tvly-abcdef', TAVILY_BASE_URL: pattern.replace('SECRET', CANARY) };
    const printed: string[] = [];
    for (const args of [
      ['run-plan', 'plan.json', '-v'],
      ['doctor'],
      ['doctor', '--json'],
      ['tools', 'list'],
      ['tools', 'call', 'search_tool', 'search_query=x'],
    ]) {
      const { stdout, stderr } = await project.run(args, env);
      printed.push(stdout, stderr);
    }
    await expectNowhere(project, printed, []);
    if (project.has('runs')) expect(allBytes(join(project.cwd, 'runs'))).not.toContain(CANARY);
  });

  test.each([
    ['http://127.0.0.1:1/v1?api_key=SECRET', ['doctor']],
    ['http://127.0.0.1:1/v1?api_key=SECRET', ['trust']],
    ['http://u:SECRET@127.0.0.1:1/v1', ['doctor']],
    ['http://u:SECRET@127.0.0.1:1/v1', ['trust']],
    ['https://u:SECRET@models.invalid/v1', ['trust']],
    ['http://u:SECRET@127.0.0.1:1/v1', ['plan', 'say hello']],
  ])('when the server of the model is %s then %j does not show it', async (pattern, args) => {
    const base_url = pattern.replace('SECRET', CANARY);
    const { stdout, stderr } = await makeCloned({ 'portia.json': { base_url, model: 'm' } }).run(args, {
      OPENAI_API_KEY: 'sk-abcdef',
    });
    const byShell = await makeCloned({}).run(args, {
      OPENAI_API_KEY: 'sk-abcdef',
      OPENAI_BASE_URL: base_url,
      PORTIA_MODEL: 'm',
    });
    expect(stdout + stderr + byShell.stdout + byShell.stderr).not.toContain(CANARY);
  });
});

describe('a variable that a tool asked for', () => {
  const tells = (how: string) =>
    toolModule(
      `export const t = defineTool({ id: 't', name: 'T', description: 'Reads.', effect: 'read', args: z.object({}), run: async ({ environment }) => { const secret = environment.variable('DB_WORD'); ${how} } });`,
    );

  test.each<[string, string]>([
    ['its error', "throw new Error('cannot connect to postgres://app:' + secret + '@db');"],
    ['the cause of its error', "throw new Error('cannot connect', { cause: new Error(secret) });"],
    ['its failure', "return { kind: 'failure', message: 'no ' + secret, retryable: false };"],
    ['its result', "return { kind: 'output', value: { [secret]: ['it is ' + secret] } };"],
    [
      'its question',
      "return { kind: 'clarifications', clarifications: [{ category: 'Input', user_guidance: 'Is it ' + secret + '?', argument_name: 'x' }] };",
    ],
  ])('when %s repeats it then it is kept and printed nowhere', async (_where, how) => {
    const module = { 'portia.json': WITH_MODULES, 'tools/t.mjs': tells(how), 'plan.json': plan(tool('t', {})) };
    for (const ofShell of [false, true]) {
      const project = await makeTrusted({ ...module, ...(!ofShell && { '.env': `DB_WORD=${CANARY}\n` }) });
      const printed: string[] = [];
      for (const args of [
        ['run-plan', 'plan.json', '-v', '--no-prompt'],
        ['tools', 'call', 't'],
      ]) {
        const { stdout, stderr } = await project.run(args, ofShell ? { DB_WORD: CANARY } : {});
        printed.push(stdout, stderr);
      }
      expect(printed.join('\n')).toMatch(/DB_WORD|cannot connect/);
      await expectNowhere(project, printed, ['runs', 'plans']);
    }
  });
});

test.each([
  'auth',
  'pat',
  'pwd',
  'passphrase',
  'private_key',
  'access_key',
  'connection_string',
  'db_pwd',
  'token',
  'API_KEY',
  'privateKey',
])('when a setting of a tool is called %s then it is refused as a secret, and not printed', async (name) => {
  for (const settings of [{ [name]: CANARY }, { deeper: { [name]: CANARY } }, { list: [{ [name]: CANARY }] }]) {
    const project = makeCloned({ 'portia.json': { tools: { settings: { x: settings } } } });
    for (const args of [['list'], ['doctor'], ['trust']]) {
      const { code, stdout, stderr } = await project.run(args);
      expect(stdout + stderr).not.toContain(CANARY);
      if (args[0] === 'list') expect(code, stderr).toBe(2);
    }
  }
});
