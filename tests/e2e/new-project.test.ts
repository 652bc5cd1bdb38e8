import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, UNTRUSTED, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun } from '../support/scenario.js';

/** The error, which is of this kind and says this. */
function expectRefusal(ended: Ended, code: string, message: RegExp) {
  const error = expectError(ended, { code, exit: 2 });
  expect(error.message).toMatch(message);
  return error;
}

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

describe('portia init', () => {
  test('when a folder is made a project then its plan runs at once, with its tool, and without another yes', async () => {
    const cwd = makeProject();
    const made = await portiaHere(['init'], { cwd, env: UNTRUSTED });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { files } = JSON.parse(made.stdout) as { files: { path: string; did: string }[] };
    expect(files.map(({ did }) => did)).toEqual(['created', 'created', 'created', 'created', 'created']);
    expect(read(cwd, '.gitignore')).toBe('plans/\nruns/\nusers/\n.env\n');
    expect(read(cwd, 'first-plan.yaml')).toMatch(/^# yaml-language-server: \$schema=plan\.schema\.json\n/);
    expect(JSON.parse(read(cwd, 'plan.schema.json'))).toMatchObject({ title: 'portia plan' });
    const checked = await portiaHere(['check', 'first-plan.yaml'], { cwd, env: UNTRUSTED });
    expect(checked.code).toBe(0);
    const run = await portiaHere(['run-plan', 'first-plan.yaml'], { cwd, env: UNTRUSTED });
    expect(run.code).toBe(8);
    const resumed = await portiaHere(['resume', 'last', '--answer', '1.verify=yes'], { cwd, env: UNTRUSTED });
    expect(resumed.code).toBe(0);
    expect(onlyRun(cwd).outputs.final_output).toMatchObject({ value: { words: 10 } });
  });

  test('when files are there then they stay as they are, and .gitignore gets what it lacks', async () => {
    const cwd = makeProject({ 'portia.json': '{"planner":"offline"}', '.gitignore': 'node_modules\n/plans\nruns/' });
    const made = await portiaHere(['init', '--format', 'human'], { cwd });
    expect(made.stdout).toContain('kept     portia.json ');
    expect(made.stdout).toContain('changed  .gitignore ');
    expect(made.stdout).toContain('\n  portia run-plan first-plan.yaml\n');
    expect(read(cwd, 'portia.json')).toBe('{"planner":"offline"}');
    expect(read(cwd, '.gitignore')).toBe('node_modules\n/plans\nruns/\nusers/\n.env\n');
    const again = await portiaHere(['init', '--format', 'human'], { cwd });
    expect(again.stdout).toContain('kept     .gitignore ');
    expect(again.stdout).not.toMatch(/created|changed/);
  });

  test('when a file has the name of the folder of tools then that is said', async () => {
    const refused = await portiaHere(['init'], { cwd: makeProject({ tools: '' }) });
    expect(expectError(refused, { code: 'storage-failed', exit: 10 }).why).toContain('Something else has its name');
  });

  test('when another tool lies in the folder then nothing is trusted by itself', async () => {
    const cwd = makeProject({ 'tools/word-count.ts': 'export default 1;\n' });
    expect((await portiaHere(['init'], { cwd, env: UNTRUSTED })).code).toBe(0);
    expect(read(cwd, 'tools/word-count.ts')).toBe('export default 1;\n');
    expect((await portiaHere(['trust'], { cwd, env: UNTRUSTED })).code).toBe(6);
  });

  test('when the folder lies in a project then it is said whose settings count from now on', async () => {
    const cwd = makeProject({ 'portia.json': '{}' });
    mkdirSync(join(cwd, 'inner'));
    const { code, stderr } = await portiaHere(['init', '-C', 'inner'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain(`${cwd} is a project, too.`);
  });
});

describe('portia demo', () => {
  test('when nobody can be asked then it pauses at its question, and it is continued with the answers', async () => {
    const cwd = makeProject();
    const paused = await portiaHere(['demo', '--json'], { cwd });
    expect(paused.code).toBe(8);
    expect(paused.stderr).toContain('no model is used');
    const resumed = await portiaHere(
      ['resume', 'last', '--answer', 'bill:=300', '--answer', '$people:=3', '--format', 'value'],
      { cwd },
    );
    expect(resumed.code).toBe(8);
    const agreed = await portiaHere(['resume', 'last', '--answer', '3.verify=yes', '--format', 'value'], { cwd });
    expect(agreed).toMatchObject({ code: 0, stdout: 'Each of 3 pays 110.00.\n' });
  });
});

describe('portia config', () => {
  test('when settings are set, read and taken out then the files say so, and what does not fit is refused', async () => {
    const cwd = makeProject({ 'portia.json': '{\n  "approvals": { "b_*": "ask" },\n  "planner": "auto"\n}\n' });
    const config = (...words: string[]) => portiaHere(['config', ...words], { cwd });
    const own = join(cwd, '.home/.config/portia/config.json');
    expect(await config('get', 'model')).toMatchObject({ code: 2 });
    expect(await config('set', 'model', 'ollama/qwen3:4b')).toMatchObject({ code: 0 });
    expect(JSON.parse(read(own))).toEqual({ model: 'ollama/qwen3:4b' });
    expect(await config('get', 'model')).toMatchObject({ code: 0, stdout: 'ollama/qwen3:4b\n' });
    await config('set', '--local', 'tools.disable', 'weather_tool', 'run_*');
    await config('set', '--local', 'approvals.send.mail_*', 'deny');
    await config('set', '--local', 'large_output_threshold_tokens', '500');
    expect(JSON.parse(read(cwd, 'portia.json'))).toEqual({
      approvals: { 'b_*': 'ask', 'send.mail_*': 'deny' },
      planner: 'auto',
      tools: { disable: ['weather_tool', 'run_*'] },
      large_output_threshold_tokens: 500,
    });
    const { stdout } = await config('list', '--format', 'human');
    expect(stdout).toContain('tools.disable = ["weather_tool","run_*"]   (portia.json tools.disable)\n');
    expect(stdout).toContain('approvals.send.mail_* = deny   (project)\n');
    await config('unset', '--local', 'tools.disable');
    expect(JSON.parse(read(cwd, 'portia.json'))).not.toHaveProperty('tools');
    const before = read(cwd, 'portia.json');
    expectRefusal(await config('set', '--local', 'planner', 'fast'), 'usage', /^planner cannot have that value/);
    expectRefusal(await config('set', '--local', 'modle', 'x'), 'usage', /There is no setting "modle"/);
    expectRefusal(await config('set', '--local', 'api_key_env', 'sk-1234567890abcdef'), 'usage', /cannot have/);
    expectRefusal(await config('unset', '--local', 'model'), 'not-found', /model is not in/);
    expectRefusal(await config('sett', 'planner'), 'usage', /"sett" is not an action of portia config/);
    expectRefusal(await config('get', 'approvals'), 'usage', /approvals is not one setting/);
    expectRefusal(await config('set', '--local', 'tools.__proto__.x', '1'), 'usage', /There is no setting/);
    expectRefusal(await config('set', '--local', 'tools', '{"__proto__":{}}'), 'usage', /tools cannot have/);
    expect(read(cwd, 'portia.json')).toBe(before);
  });

  test('when single settings of a model are set and removed then the file has them in their places', async () => {
    const cwd = makeProject({ 'portia.json': {} });
    const set = async (...args: string[]) => {
      const { code, stderr } = await portiaHere(['config', ...args, '--local'], { cwd });
      return code === 0 ? (JSON.parse(readFileSync(join(cwd, 'portia.json'), 'utf8')) as object) : stderr;
    };
    await set('set', 'model_settings.openai/gpt-4.1.temperature', '0.2');
    await set('set', 'model_settings.openai/gpt-4.1.headers.x-title', 'my app');
    await set('set', 'model_settings.openai/gpt-4.1.price.input', '2');
    const whole = await set('set', 'model_settings.openai/gpt-4.1.price', '{"input":2,"output":8}');
    expect(whole).toEqual({
      model_settings: {
        'openai/gpt-4.1': { temperature: 0.2, headers: { 'x-title': 'my app' }, price: { input: 2, output: 8 } },
      },
    });
    expect(await set('set', 'model_settings.openai/gpt-4.1.temprature', '1')).toContain(
      'did you mean \\"temperature\\"?',
    );
    expect(await set('unset', 'model_settings.openai/gpt-4.1.headers')).toEqual({
      model_settings: { 'openai/gpt-4.1': { temperature: 0.2, price: { input: 2, output: 8 } } },
    });
    const got = await portiaHere(['config', 'get', 'model_settings.openai/gpt-4.1.temperature'], { cwd });
    expect(got).toMatchObject({ code: 0, stdout: '0.2\n' });
  });

  test('when settings are those of a user alone then they are listed, too', async () => {
    const cwd = makeProject();
    const config = (...words: string[]) => portiaHere(['config', ...words, '--format', 'value'], { cwd });
    await config('set', 'trusted_origins', 'https://models.example');
    await config('set', 'exec_env', 'MY_TOKEN');
    expect((await config('get', 'trusted_origins')).stdout).toBe('["https://models.example"]\n');
    expect((await config('get', 'exec_env')).stdout).toBe('["MY_TOKEN"]\n');
  });

  test('when the settings of a project cannot be used then they can be mended, and one cannot be set beside', async () => {
    const cwd = makeProject({ 'portia.json': '{ "planner": "fast" }' });
    const set = (...words: string[]) => portiaHere(['config', 'set', ...words], { cwd });
    expect((await set('planner', 'offline')).code).toBe(0);
    expectRefusal(await set('--local', 'model', 'ollama/a'), 'invalid-settings', /portia\.json has a problem/);
    expect((await set('--local', 'planner', 'offline')).code).toBe(0);
    expect(JSON.parse(read(cwd, 'portia.json'))).toEqual({ planner: 'offline' });
  });

  test('when a name is one that every object of JavaScript has then it is a name like any other', async () => {
    const cwd = makeProject();
    const { code } = await portiaHere(['config', 'set', '--local', 'tools.settings.toString.valueOf', 'x'], { cwd });
    expect(code).toBe(0);
    expect(read(cwd, 'portia.json')).toContain('"toString": {\n        "valueOf": "x"');
  });

  test('when the folder of the settings cannot be made then the file that is in the way is named', async () => {
    const cwd = makeProject({ taken: '' });
    const env = { PORTIA_CONFIG_DIR: join(cwd, 'taken/portia') };
    const refused = await portiaHere(['config', 'set', 'planner', 'offline'], { cwd, env });
    expect(expectError(refused, { code: 'storage-failed', exit: 10 }).message).toContain('(ENOTDIR)');
  });

  test('when a trusted project is changed by the command then it stays trusted; by another hand it does not', async () => {
    const cwd = makeProject({ 'portia.json': '{}' });
    const at = { cwd, env: UNTRUSTED };
    expect((await portiaHere(['config', 'set', '--local', 'approvals.file_writer_tool', 'allow'], at)).code).toBe(0);
    expect((await portiaHere(['trust'], at)).code).toBe(0);
    writeFileSync(join(cwd, 'portia.json'), '{"approvals":{"*":"allow"}}');
    expect((await portiaHere(['trust'], at)).code).toBe(6);
    expect((await portiaHere(['config', 'set', '--local', 'planner', 'offline'], at)).code).toBe(0);
    expect((await portiaHere(['trust'], at)).code).toBe(6);
  });

  test('when settings are edited then only what can be used is written, and the rest is kept aside', async () => {
    const cwd = makeProject({ 'portia.json': '{\n  "planner": "auto"\n}\n' });
    const edit = (script: string) => portiaHere(['config', 'edit', '--local'], { cwd, env: { EDITOR: script } });
    const keptIn = ({ stderr }: Ended) => {
      const file = /kept in ([^"\\]+settings\.json)/.exec(stderr)?.[1] ?? '';
      onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }));
      return file;
    };
    expect((await edit("sed -i.bak 's/auto/offline/'")).code).toBe(0);
    expect(JSON.parse(read(cwd, 'portia.json'))).toEqual({ planner: 'offline' });
    const refused = await edit("sed -i.bak 's/offline/fast/'");
    expectRefusal(refused, 'invalid-settings', /What you edited has a problem/);
    expect(read(keptIn(refused))).toContain('fast');
    expect(JSON.parse(read(cwd, 'portia.json'))).toEqual({ planner: 'offline' });
    const broken = await edit(`sh -c 'echo "// mine" >> "$1"; exit 3' sh`);
    expectRefusal(broken, 'usage', /The editor failed/);
    expect(read(keptIn(broken))).toContain('// mine');
    const unchanged = await edit(`sh -c 'echo "$1" > ${join(cwd, 'opened')}; exit 3' sh`);
    expectRefusal(unchanged, 'usage', /The editor failed/);
    expect(unchanged.stderr).not.toContain('is kept in');
    expect(existsSync(read(cwd, 'opened').trim())).toBe(false);
  });
});

test('when a plan needs a tool that is not here then check takes a stub for it, as the run does', async () => {
  const cwd = makeExampleProject({
    'mail.json': {
      plan_context: { query: 'x' },
      steps: [{ kind: 'tool', tool_id: 'send_mail', args: {}, output: '$sent' }],
    },
  });
  expect((await portiaHere(['check', 'mail.json'], { cwd })).code).toBe(2);
  expect((await portiaHere(['check', 'mail.json', '--stub', 'send_mail=sent'], { cwd })).code).toBe(0);
});

test('when eval gets inputs then they are there beside the values of the run', async () => {
  const cwd = makeProject();
  const summed = await portiaHere(['eval', '$sum($amounts)', '-i', 'amounts:=[1, 2.5]'], { cwd });
  expect(summed).toMatchObject({ code: 0, stdout: '3.5\n' });
  await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd });
  const both = await portiaHere(['eval', '$result * $by', '--run', 'last', '-i', 'by:=2'], { cwd });
  expect(both).toMatchObject({ code: 0, stdout: '6\n' });
});
