import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { answer, completion, startFaultServer } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const KEY = 'sk-from-a-program-7777';
const PLAN = {
  plan_context: { query: 'Say hello', tool_ids: [] },
  steps: [
    { kind: 'llm', task: 'Say hello.', output: '$one' },
    { kind: 'llm', task: 'Say it after $one.', output: '$two' },
  ],
};

/** A project with programs of these names in the user's PATH; each call of one adds a line to `calls`. */
function projectWith(files: Record<string, string | object>, programs: Record<string, string>) {
  const cwd = makeProject({ 'plan.json': PLAN, ...files });
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    const path = join(bin, name);
    writeFileSync(
      path,
      `#!/bin/sh\nfor word in ${name} "$@"; do printf '[%s]' "$word"; done >> '${cwd}/calls'\n${script}\n`,
    );
    chmodSync(path, 0o755);
  }
  const env = { HOME: join(cwd, 'home'), PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const calls = () => (existsSync(join(cwd, 'calls')) ? readFileSync(join(cwd, 'calls'), 'utf8') : '');
  return { cwd, env, calls };
}

const own = (settings: object) => ({ 'home/.config/portia/config.json': settings });

async function serverOf(text: string) {
  const server = await startFaultServer(answer(completion(text)));
  onTestFinished(() => server.close());
  return server;
}

const documented =
  /```json\n(\{\n {2}"api_key_command"[^]*?)```/.exec(readFileSync('docs/models.md', 'utf8'))?.[1] ?? '{}';
const examples: Record<string, string | string[]> = JSON.parse(documented).api_key_command;

test.each(Object.entries(examples))(
  'when the documented program for the key of %s is set then it is run so',
  async (provider, command) => {
    const words = typeof command === 'string' ? command.split(' ') : command;
    const { cwd, env, calls } = projectWith(own({ model: `${provider}/m`, ...JSON.parse(documented) }), {
      [words[0] ?? '']: `echo ${KEY}; echo more`,
    });
    const { stdout, stderr } = await portiaHere(['doctor', '--json'], { cwd, env });
    const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string; what: string }[] };
    expect(checks.find(({ id }) => id === 'model.execution')).toMatchObject({
      status: 'ok',
      what: expect.stringMatching(new RegExp(`config\\.json api_key_command\\.${provider} is set$`)),
    });
    expect(calls()).toBe(words.map((word) => `[${word}]`).join(''));
    expect(stdout + stderr).not.toContain(KEY);
  },
);

test('when a program prints the key then it is sent, asked for once, and found nowhere else', async () => {
  const server = await serverOf(`Your key is ${KEY}.`);
  const { cwd, env, calls } = projectWith(own({ api_key_command: { openai: ['keys', 'of openai'] } }), {
    keys: `echo ${KEY}`,
  });
  const call = { cwd, env: { ...env, OPENAI_BASE_URL: server.baseUrl } };
  const ended = await portiaHere(['run-plan', 'plan.json', '--json', '--verbose', '-m', 'openai/m'], call);
  expect(ended.code).toBe(0);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${KEY}`));
  expect(calls()).toBe('[keys][of openai]');
  expect(ended.stdout + ended.stderr).not.toContain(KEY);
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').includes(KEY));
  expect(holding.map(({ name }) => name)).toEqual(['keys']);
});

test('when a variable holds the key then the program is not run', async () => {
  const server = await serverOf('Hello.');
  const { cwd, env, calls } = projectWith(own({ api_key_command: { openai: 'keys' } }), { keys: `echo ${KEY}` });
  const call = { cwd, env: { ...env, OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-of-the-shell' } };
  expect((await portiaHere(['run-plan', 'plan.json'], call)).code).toBe(0);
  expect(server.seen[0]?.headers.authorization).toBe('Bearer sk-of-the-shell');
  expect(calls()).toBe('');
});

test.each([
  ['fails', `echo ${KEY}; echo "locked: ${KEY}" >&2; exit 3`, 'It exited with code 3: locked: [the key]'],
  ['prints nothing', 'exit 0', 'Its first line is not a key: visible ASCII characters without spaces.'],
  ['prints a sentence', 'echo no such entry', 'Its first line is not a key: visible ASCII characters without spaces.'],
])('when the program %s then the error says so, without the key', async (_how, script, why) => {
  const { cwd, env } = projectWith(own({ model: 'openai/m', api_key_command: { openai: 'keys' } }), { keys: script });
  const ended = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
  expect(expectError(ended, { code: 'no-model', exit: 4 })).toMatchObject({ why });
  expect(ended.stderr).not.toContain(KEY);
});

test('when there is no such program then the error says so', async () => {
  const { cwd, env } = projectWith(own({ model: 'openai/m', api_key_command: { openai: 'no-such-program' } }), {});
  const ended = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
  const { why } = expectError(ended, { code: 'no-model', exit: 4 });
  expect(why).toContain('It did not start: spawn no-such-program ENOENT');
});

test('when a project names the program then it runs only once the project is trusted', async () => {
  const server = await serverOf('Hello.');
  const settings = { base_url: server.baseUrl, model: 'openai/m', api_key_command: { openai: './keys.sh' } };
  const { cwd, env } = projectWith(
    { 'portia.json': settings, 'keys.sh': `#!/bin/sh\necho ran > ran\necho ${KEY}\n` },
    {},
  );
  chmodSync(join(cwd, 'keys.sh'), 0o755);
  const refused = await portiaHere(['run-plan', 'plan.json'], { cwd, env: { ...env, ...UNTRUSTED } });
  expectError(refused, { code: 'project-untrusted', exit: 6 });
  expect([server.seen, existsSync(join(cwd, 'ran'))]).toEqual([[], false]);
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd, env })).code).toBe(0);
  expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
});

test('when a project names the server then the key of the own program does not go there', async () => {
  const server = await serverOf('Hello.');
  const { cwd, env, calls } = projectWith(
    {
      'portia.json': { base_url: server.baseUrl, model: 'openai/m' },
      ...own({ api_key_command: { openai: 'keys' } }),
    },
    { keys: `echo ${KEY}` },
  );
  const call = { cwd, env: { ...env, ...UNTRUSTED } };
  expectError(await portiaHere(['run-plan', 'plan.json'], call), { code: 'no-model', exit: 4 });
  expect([server.seen, calls()]).toEqual([[], '']);
});

test.each([
  [{ openai: '' }, 'api_key_command/openai: '],
  [{ openai: `pass show "my key"` }, 'api_key_command/openai: '],
  [{ nobody: 'pass' }, 'api_key_command/nobody: must be the name of a provider, like openai'],
])('when the setting is %j then it is said where that is wrong', async (setting, message) => {
  const { cwd, env } = projectWith({ 'portia.json': { api_key_command: setting } }, {});
  const ended = await portiaHere(['list'], { cwd, env });
  const { message: said, why } = expectError(ended, { code: 'invalid-settings', exit: 2 });
  expect(`${said} ${why}`).toContain(message);
});
