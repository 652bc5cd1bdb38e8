import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openPortia, printedError } from '../support/scenario.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';

const tool = (tool_id: string, args: object) => ({ kind: 'tool', tool_id, args, output: '$result' });
const plan = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

const GREET = `import { defineTool } from 'portia';
import * as z from 'zod';
import { greeting } from './words.mjs';
export const greet = defineTool({ id: 'greet', name: 'Greeter', description: 'Greets.', effect: 'read',
  args: z.object({ name: z.string() }), run: async (_context, { name }) => greeting + ', ' + name + '!' });
`;

const FILES = {
  'portia.json': { tools: { modules: ['./tools/*.mjs'] } },
  'tools/greet.mjs': GREET.replace('./words.mjs', '../lib/words.mjs'),
  'lib/words.mjs': "export const greeting = 'Hello';\n",
  'greet.json': plan(tool('greet', { name: 'Ada' })),
};

/** A project of which nobody said anything, with the home folder of the user outside of it. */
function makeVisit(files: Record<string, string | object> = FILES) {
  const home = makeProject();
  const cwd = makeProject(files);
  return { cwd, env: { ...UNTRUSTED, HOME: home } };
}

/** Keeps what it was asked, and plans a greeting. */
const MODEL = `cat > ASKED; echo '{"steps":[{"task":"Greet.","inputs":[],"tool_id":"greet","output":"$greeting","condition":null,"when":null}],"error":null}'
`;

const RUN = ['run-plan', 'greet.json', '--format', 'value'];
const GREETED = { code: 0, stdout: 'Hello, Ada!\n' };

async function listed({ cwd, env }: ReturnType<typeof makeVisit>) {
  const { stdout } = await portiaHere(['trust', '--json'], { cwd, env });
  return JSON.parse(stdout) as {
    root: string;
    trusted: string | null;
    items: { kind: string; where: string; what: string; key?: string; files: { path: string }[] }[];
    changes: { where: string; what: string; files: string[] }[];
  };
}

describe('portia trust', () => {
  test('when nobody can be asked then it lists what needs trust, keeps nothing and exits with 6', async () => {
    const visit = makeVisit({
      ...FILES,
      'portia.json': {
        model: 'exec:sh ./model.sh --fast',
        base_url: 'https://models.example/v1',
        api_key_env: 'MY_KEY',
        tools: { modules: ['./tools/*.mjs'], settings: { search_tool: { base_url: 'https://search.example' } } },
        approvals: { greet: 'allow', file_writer_tool: 'deny' },
        allow_paths: ['/data', './inside'],
        storage_dir: '../state',
        prices: { 'openai/gpt': { input: 1, output: 2 } },
      },
      'model.sh': 'true\n',
      '.env': 'OLLAMA_BASE_URL=http://ollama.example:11434\nTAVILY_API_KEY=x\n',
    });
    const ended = await portiaHere(['trust', '--json'], visit);
    expect(ended.code).toBe(6);
    expect(printedError(ended.stderr)).toMatchObject({
      code: 'project-untrusted',
      fix: expect.stringContaining('portia trust --folder --yes'),
    });
    const { items, trusted } = await listed(visit);
    expect(trusted).toBeNull();
    expect(items.map(({ kind, what, files }) => [kind, what, ...files.map(({ path }) => path)])).toEqual([
      ['module', './tools/*.mjs', 'tools/greet.mjs', 'lib/words.mjs'],
      ['server', 'https://search.example'],
      ['program', 'exec:sh ./model.sh --fast', 'model.sh'],
      ['server', 'https://models.example/v1'],
      ['key', 'MY_KEY'],
      ['rule', 'greet: allow'],
      ['path', '/data'],
      ['path', '../state'],
      ['price', 'openai/gpt'],
      ['server', 'http://ollama.example:11434'],
    ]);
    expect(existsSync(join(visit.env.HOME, '.config'))).toBe(false);
    const { stdout } = await portiaHere(['trust', '--format', 'human'], visit);
    for (const text of ['is not trusted. Once it is:', 'tools/greet.mjs', 'lib/words.mjs', 'greet: allow', '/data'])
      expect(stdout).toContain(text);
  });

  test('when a base URL of the project would get a key of the user then it says which', async () => {
    const visit = makeVisit({ 'portia.json': { base_url: 'https://models.example/v1', model: 'gpt' } });
    const env = { ...visit.env, OPENAI_API_KEY: 'sk-test-0123456789' };
    const { items } = await listed({ ...visit, env });
    expect(items).toMatchObject([{ kind: 'server', what: 'https://models.example/v1', key: 'OPENAI_API_KEY' }]);
  });

  test('when a folder is trusted then it is also after a change, and no longer once that is taken back', async () => {
    const { cwd, env } = makeVisit();
    expect(await portiaHere(['trust', '--folder', '--yes'], { cwd, env })).toMatchObject({ code: 0, stderr: '' });
    expect(await portia(RUN, { cwd, env })).toMatchObject(GREETED);
    writeFileSync(join(cwd, 'lib/words.mjs'), "export const greeting = 'Bye';\n");
    expect(await portia(RUN, { cwd, env })).toMatchObject({ code: 0, stdout: 'Bye, Ada!\n' });
    expect(existsSync(join(cwd, '.config'))).toBe(false);
    const { stdout } = await portiaHere(['trust', '--list', '--json'], { cwd: env.HOME, env });
    expect(JSON.parse(stdout)).toMatchObject([{ root: cwd, mode: 'folder' }]);
    expect(await portiaHere(['trust', '--revoke'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await portia(RUN, { cwd, env })).toMatchObject({ code: 6 });
  });

  test('when a content is trusted then that holds until something that runs or loosens changes', async () => {
    const visit = makeVisit();
    const { cwd, env } = visit;
    expect(await portiaHere(['trust', '--content', '--yes'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await portia(RUN, { cwd, env })).toMatchObject({ ...GREETED, stderr: expect.not.stringContaining('trust') });
    // What only tightens, and what is not code, is nobody's question.
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ ...FILES['portia.json'], approvals: { x: 'deny' } }));
    writeFileSync(join(cwd, 'README.md'), 'changed');
    expect(await portia(RUN, { cwd, env })).toMatchObject(GREETED);
    writeFileSync(join(cwd, 'lib/words.mjs'), "export const greeting = 'Bye';\n");
    writeFileSync(join(cwd, 'tools/new.mjs'), GREET);
    const refused = await portia(RUN, { cwd, env });
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('has changed since you trusted it') });
    const { trusted, changes } = await listed(visit);
    expect(trusted).toBeNull();
    expect(changes).toEqual([
      { where: 'portia.json tools.modules', what: './tools/*.mjs', files: ['tools/new.mjs', 'lib/words.mjs'] },
    ]);
    rmSync(join(cwd, 'tools/new.mjs'));
    expect(await portiaHere(['trust', '--content', '--yes'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await portia(RUN, { cwd, env })).toMatchObject({ code: 0, stdout: 'Bye, Ada!\n' });
  });

  test('when the script of a trusted program changes then the program is not started', async () => {
    const { cwd, env } = makeVisit({
      'portia.json': { model: 'exec:sh model.sh' },
      'model.sh': 'cat >/dev/null; echo hi\n',
    });
    await portiaHere(['trust', '--content', '--yes'], { cwd, env });
    const ask = ['tools', 'call', 'llm_tool', 'task=Say hi.'];
    expect(await portiaHere(ask, { cwd, env })).toMatchObject({ code: 0, stdout: expect.stringContaining('hi') });
    writeFileSync(join(cwd, 'model.sh'), 'touch RAN; cat >/dev/null; echo hi\n');
    expect(await portiaHere(ask, { cwd, env })).toMatchObject({ code: 6 });
    expect(existsSync(join(cwd, 'RAN'))).toBe(false);
  });

  test('when a trusted project is copied or moved elsewhere then it is not trusted there; a link to it is', async () => {
    const { cwd, env } = makeVisit();
    await portiaHere(['trust', '--folder', '--yes'], { cwd, env });
    symlinkSync(cwd, join(env.HOME, 'link'));
    expect(await portia(RUN, { cwd: join(env.HOME, 'link'), env })).toMatchObject(GREETED);
    renameSync(cwd, join(env.HOME, 'moved'));
    expect(await portiaHere(RUN, { cwd: join(env.HOME, 'moved'), env })).toMatchObject({ code: 6 });
  });

  test('when a folder has nothing that needs trust then it can be trusted all the same, for what comes', async () => {
    const { cwd, env } = makeVisit({});
    expect(await portiaHere(['trust'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await portiaHere(['trust', '--folder', '--yes'], { cwd, env })).toMatchObject({ code: 0 });
    for (const [name, content] of Object.entries(FILES)) {
      mkdirSync(join(cwd, name, '..'), { recursive: true });
      writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    expect(await portia(RUN, { cwd, env })).toMatchObject(GREETED);
  });

  test.each([
    [['--yes'], 2],
    [['--folder', '--content', '--yes'], 2],
    [['--revoke', '--list'], 2],
    [['--folder'], 8],
  ])('when it is given %j then it keeps nothing and exits with %i', async (flags, code) => {
    const { cwd, env } = makeVisit();
    const ended = await portiaHere(['trust', ...flags], { cwd, env });
    expect(ended.code).toBe(code);
    expect(existsSync(join(env.HOME, '.config'))).toBe(false);
  });

  test('when the settings of the project are broken then trust can be taken back', async () => {
    const { cwd, env } = makeVisit({ 'portia.json': '{ broken' });
    expect(await portiaHere(['trust', '--revoke'], { cwd, env })).toMatchObject({ code: 0 });
  });

  test('when the settings of the user cannot be written then it says what to do instead', async () => {
    const { cwd, env } = makeVisit();
    writeFileSync(join(env.HOME, '.config'), '');
    const ended = await portiaHere(['trust', '--folder', '--yes'], { cwd, env });
    expect(ended.code).toBe(10);
    expect(printedError(ended.stderr)).toMatchObject({ fix: expect.stringContaining('PORTIA_TRUST_PROJECT') });
  });

  test('when the shell trusts the project then it says so, and keeps nothing', async () => {
    const { cwd, env } = makeVisit();
    const ended = await portiaHere(['trust', '--format', 'human'], { cwd, env: { ...env, PORTIA_TRUST_PROJECT: '1' } });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('for this command or shell only') });
    expect(existsSync(join(env.HOME, '.config'))).toBe(false);
  });
});

describe('on a terminal', () => {
  test('when a plan needs a tool of my own project then I am asked once, and it runs at once', async () => {
    const { cwd, env } = makeVisit();
    const first = openPortia(['run-plan', 'greet.json'], { cwd, env });
    await first.waitFor('Do you trust this project?');
    expect(first.screen()).toContain('tools/greet.mjs');
    expect(first.screen()).toContain('lib/words.mjs');
    first.press('down');
    await first.waitFor(/❯ Yes, this folder/);
    first.press('enter');
    await first.waitFor('Hello, Ada!');
    expect(await first.exit()).toMatchObject({ code: 0 });
    const second = openPortia(['run-plan', 'greet.json'], { cwd, env });
    await second.waitFor('Hello, Ada!');
    expect(await second.exit()).toMatchObject({ code: 0 });
    expect(second.screen()).not.toContain('trust');
  });

  test('when Enter is pressed then that is a no: nothing is loaded or kept, exit 9', async () => {
    const { cwd, env } = makeVisit();
    const terminal = openPortia(['run-plan', 'greet.json'], { cwd, env });
    await terminal.waitFor('Do you trust this project?');
    terminal.press('enter');
    expect(await terminal.exit()).toMatchObject({ code: 9 });
    expect(terminal.screen()).toContain('You said no to it.');
    expect(existsSync(join(env.HOME, '.config'))).toBe(false);
  });

  test("when somebody else's project changed since its content was trusted then only what changed is listed", async () => {
    const { cwd, env } = makeVisit({
      ...FILES,
      'tools/other.mjs': GREET.replaceAll('greet', 'other').replace('./words.mjs', '../lib/words.mjs'),
    });
    const first = openPortia(['trust'], { cwd, env });
    await first.waitFor('Do you trust this project?');
    first.press('down');
    first.press('down');
    await first.waitFor(/❯ Yes, exactly this content/);
    first.press('enter');
    expect(await first.exit()).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, 'tools/other.mjs'), readFileSync(join(cwd, 'tools/other.mjs'), 'utf8') + '// changed\n');
    const second = openPortia(['trust'], { cwd, env });
    await second.waitFor('Do you trust this project?');
    expect(second.screen()).toContain('has changed since you trusted it');
    expect(second.screen()).toContain('tools/other.mjs');
    expect(second.screen()).not.toContain('tools/greet.mjs');
    second.press('ctrl-c');
    expect(await second.exit()).toMatchObject({ code: 130 });
  });

  test('when a model plans in my own project then I am asked first, and the plan may use its tools', async () => {
    const { cwd, env } = makeVisit({ ...FILES, 'model.sh': MODEL });
    const terminal = openPortia(['plan', 'greet Ada', '--model', 'exec:sh model.sh'], { cwd, env });
    await terminal.waitFor('Do you trust this project?');
    expect(existsSync(join(cwd, 'ASKED'))).toBe(false);
    terminal.press('down');
    await terminal.waitFor(/❯ Yes, this folder/);
    terminal.press('enter');
    await terminal.waitFor('1 tool');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'ASKED'), 'utf8')).toContain('Greets.');
  });

  test('when a run of my own project is resumed then I am asked once, and it continues', async () => {
    const ask = { kind: 'user_input', message: 'Who?', output: '$who' };
    const { cwd, env } = makeVisit({ ...FILES, 'ask.json': plan(ask, tool('greet', { name: '{{ $who }}' })) });
    await portiaHere(['run-plan', 'ask.json', '--trust-project'], { cwd, env });
    const terminal = openPortia(['resume', 'last', '--answer', 'who=Eve'], { cwd, env });
    await terminal.waitFor('Do you trust this project?');
    terminal.press('down');
    await terminal.waitFor(/❯ Yes, this folder/);
    terminal.press('enter');
    await terminal.waitFor('Hello, Eve!');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
  });
});
