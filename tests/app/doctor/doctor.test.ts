import { chmodSync, constants, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { checkEndpoints, checkLocalServers, createServerAsker } from '../../../src/app/doctor/doctor-online.js';
import { runDoctor, type DoctorInputs } from '../../../src/app/doctor/doctor.js';
import type { SettingsFlags } from '../../../src/config/flag-layer.js';
import { adviceText } from '../../../src/domain/next-step.js';
import { MODEL_ROLES } from '../../../src/domain/values/model-roles.js';
import { chooseModel } from '../../../src/config/model-choice.js';
import { probeWriteAccess } from '../../../src/app/doctor/probe-write-access.js';
import { mergeSettings } from '../../../src/config/settings.js';
import { createVariables } from '../../../src/config/variables.js';
import { realFileSystem, type FileSystem } from '../../../src/storage/file-system.js';
import { temporaryFolder } from '../../config/temporary-folder.js';
import { withoutLinks } from '../../storage/faulty-file-system.js';

interface Given {
  root?: string;
  flags?: SettingsFlags;
  shell?: Record<string, string>;
  baseUrl?: string;
}

function settle({ root = '/project', flags = {}, shell = {}, baseUrl }: Given) {
  const dotenv = new Map<string, string>();
  const project = baseUrl === undefined ? undefined : { base_url: baseUrl, model: 'small' };
  const place = { cwd: root, projectRoot: root, home: root };
  const settings = mergeSettings({ flags, shell, dotenv, project, user: undefined }, place);
  const readKeyFile = () => ({ kind: 'unusable' as const, why: 'does not exist' });
  const sources = { settings, find: createVariables(shell, dotenv), readKeyFile, trustedOrigins: [] };
  const [planning, execution, introspection, summarizer] = MODEL_ROLES.map((role) => chooseModel(role, sources));
  if (!planning || !execution || !introspection || !summarizer) throw new Error('four roles');
  return { settings, models: { planning, execution, introspection, summarizer } };
}

function doctor(given: Given, more: Partial<DoctorInputs> = {}) {
  return runDoctor({
    nodeVersion: 'v20.20.2',
    platform: 'linux',
    holdsFolders: true,
    projectRoot: given.root ?? '/project',
    files: [],
    ...{ tools: [], notices: [], runs: [] },
    fallbacks: { planning: [], execution: [], introspection: [], summarizer: [] },
    terminal: { stdin: true, stdout: true, stderr: true, colour: true, noPromptBecause: undefined },
    warnings: [],
    ...settle(given),
    ...more,
  });
}

const only = async (checks: Promise<Awaited<ReturnType<typeof doctor>>>, id: string) =>
  (await checks).find((check) => check.id === id);

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: injected`), { code });
}

const FINDINGS: Partial<DoctorInputs> = {
  files: ['/project/portia.json'],
  tools: [
    { id: 'a', readiness: { ready: true } },
    { id: 'asks', readiness: { ready: true }, asksModel: true },
    { id: 'b', readiness: { ready: false, why: 'B_KEY is not set', fix: 'export B_KEY=…' } },
  ],
  runs: [
    { id: 'prun-1', kind: 'interrupted' },
    { id: 'prun-2', kind: 'paused' },
    { id: 'prun-3', kind: 'unreadable', why: 'it has 1 problem.' },
  ],
  warnings: ['.env is a folder'],
  terminal: { stdin: false, stdout: true, stderr: true, colour: false, noPromptBecause: 'stdin is not a terminal' },
};

describe('runDoctor', () => {
  test('when everything is in order then every check says so and the folder is as before', async () => {
    const root = temporaryFolder({ 'plans/plan.json': '' });
    const checks = await doctor({ root, shell: { OPENAI_API_KEY: 'sk-canary-0123456789' } });
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual([
      'node',
      'platform',
      'files',
      'storage.plans',
      'storage.runs',
      'settings',
      ...MODEL_ROLES.map((role) => `model.${role}`),
      'runs',
      'terminal',
    ]);
    expect(readdirSync(root)).toEqual(['plans']);
    expect(readdirSync(join(root, 'plans'))).toEqual(['plan.json']);
  });

  test('when a folder of the storage is a link then it cannot be written, as every command that writes would say', async () => {
    const root = temporaryFolder({ 'elsewhere/plan.json': '' });
    symlinkSync('elsewhere', join(root, 'plans'));
    symlinkSync('nowhere', join(root, 'runs'));
    for (const id of ['storage.plans', 'storage.runs']) {
      expect(await only(doctor({ root }), id)).toMatchObject({
        status: 'failed',
        what: expect.stringContaining('symbolic link'),
      });
    }
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['plan.json']);
  });

  test('when a key is set then its name, mark and end are shown, never the key', async () => {
    const checks = doctor({ shell: { OPENAI_API_KEY: 'sk-canary-0123456789' } });
    expect((await only(checks, 'model.planning'))?.what).toMatch(/key OPENAI_API_KEY is set$/);
    expect(JSON.stringify(await checks)).not.toContain('canary');
  });

  test.each([
    ['v20.17.0', 'ok'],
    ['v24.1.0', 'ok'],
    ['v20.16.9', 'failed'],
    ['v18.20.0', 'failed'],
  ])('when Node is %s then it is %s', async (nodeVersion, status) => {
    expect(await only(doctor({}, { nodeVersion }), 'node')).toMatchObject({ status });
  });

  test.each([
    ['darwin', 'ok', 'macOS'],
    ['win32', 'warning', 'not promised'],
    ['constructor', 'warning', 'not promised'],
  ])('when the platform is %s then it is %s', async (platform, status, what) => {
    const check = await only(doctor({}, { platform }), 'platform');
    expect(check).toMatchObject({ status, what: expect.stringContaining(what) });
  });

  test.each([
    ['linux', true, 'ok', 'stay in the folders'],
    ['linux', false, 'warning', 'can still lead a write outside'],
    ['darwin', false, 'ok', 'can still lead a write outside'],
  ])('when %s holds folders: %s then what is left is said', async (platform, holdsFolders, status, what) => {
    const check = await only(doctor({}, { platform, holdsFolders }), 'files');
    expect(check).toMatchObject({ status, what: expect.stringContaining(what) });
  });

  test('when there is no model then that is a warning with the fix, and other faults of it are failures', async () => {
    const check = await only(doctor({}), 'model.planning');
    expect(check?.status).toBe('warning');
    expect(adviceText(check?.fix ?? '')).toContain('export OPENAI_API_KEY');
    const broken = doctor({ shell: { PORTIA_MODEL: 'exec:' } });
    expect(await only(broken, 'model.planning')).toMatchObject({ status: 'failed' });
  });

  test.each<[string, Given, string, string]>([
    [
      'is withheld',
      { baseUrl: 'https://evil.example/v1' },
      'OPENAI_API_KEY is not sent to https://evil.example',
      'portia trust',
    ],
    [
      'is withheld from a flag',
      { flags: { baseUrl: 'https://x.example' } },
      'is not sent',
      '--api-key-env OPENAI_API_KEY',
    ],
    [
      'goes unencrypted',
      { flags: { baseUrl: 'http://x.example', apiKeyEnv: 'OPENAI_API_KEY' } },
      'unencrypted',
      'https',
    ],
  ])('when a key %s then that is a warning', async (_, given, what, fix) => {
    const check = await only(doctor({ ...given, shell: { OPENAI_API_KEY: 'sk-canary-0123456789' } }), 'model.planning');
    expect(check).toMatchObject({
      status: 'warning',
      what: expect.stringContaining(what),
    });
    expect(adviceText(check?.fix ?? '')).toContain(fix);
  });

  test('when there is no model then a tool that only asks one is off', async () => {
    const off = { status: 'off', what: expect.stringContaining('no model for execution') };
    expect(await only(doctor({}, FINDINGS), 'tool.asks')).toMatchObject(off);
    const shell = { PORTIA_MODEL: 'exec:./m.sh' };
    expect(await only(doctor({ shell }, FINDINGS), 'tool.asks')).toMatchObject({ status: 'ok' });
  });

  test('when settings, tools, runs and warnings are given then each is a line with its origin or fix', async () => {
    const checks = await doctor(
      { shell: { PORTIA_LOG_LEVEL: 'debug', PORTIA_MODEL: 'exec:./m.sh --key canary-argument' } },
      FINDINGS,
    );
    const lines = checks.map(({ id, status, what, fix }) => [id, status, what, adviceText(fix ?? '')].join(' | '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'settings | ok | project /project; /project/portia.json | ',
        'settings.model | ok | model = exec:m.sh   (PORTIA_MODEL) | ',
        'settings.log_level | ok | log_level = debug   (PORTIA_LOG_LEVEL) | ',
        'model.planning | ok | planning: the program m.sh   (PORTIA_MODEL) | ',
        'tool.a | ok | a | ',
        'tool.b | off | b: B_KEY is not set | export B_KEY=…',
        'runs.prun-1 | warning | prun-1 was interrupted | portia resume prun-1',
        'runs.prun-2 | ok | prun-2 waits for an answer | portia resume prun-2',
        'runs.prun-3 | warning | prun-3 cannot be read: it has 1 problem. | portia show prun-3',
        'settings.warning | warning | .env is a folder | ',
        'terminal | off | stdin no terminal, stdout terminal, stderr terminal, no colour; no questions are asked: stdin is not a terminal | ',
      ]),
    );
  });
});

describe('probeWriteAccess', () => {
  test('when a file stands where the folder should be then it says so', () => {
    const root = temporaryFolder({ plans: '' });
    expect(probeWriteAccess(join(root, 'plans'))).toMatchObject({
      ok: false,
      why: expect.stringContaining('not a folder'),
    });
  });

  test('when the folder is missing then the nearest one above is tried', () => {
    const root = temporaryFolder();
    expect(probeWriteAccess(join(root, 'a', 'b'))).toEqual({ ok: true, exists: false });
    expect(readdirSync(root)).toEqual([]);
  });

  test('when there are no hard links then it says how runs are locked, and nothing is left', () => {
    const root = temporaryFolder();
    const probe = probeWriteAccess(join(root, 'runs'), { fs: withoutLinks('EPERM'), pid: process.pid });
    expect(probe).toMatchObject({ ok: true, without: expect.stringContaining('locked by exclusive creation') });
    expect(readdirSync(root)).toEqual([]);
  });

  test.each<[string, Partial<FileSystem>, RegExp]>([
    ['flush', { sync: () => fail('EIO') }, /EIO/],
    ['rename', { rename: () => fail('EIO') }, /cannot be renamed.*EIO/],
    ['link, for another reason than that it has none', { link: () => fail('EIO') }, /hard link cannot be made.*EIO/],
    [
      'refuse a second file of one name',
      { open: (path, flags, mode) => realFileSystem.open(path, flags & ~constants.O_EXCL, mode) },
      /made once more/,
    ],
    ['list, so that no lock holds', { list: () => fail('EACCES') }, /cannot be locked/],
  ])('when the file system cannot %s then the folder cannot be used, and nothing is left', (_, broken, why) => {
    const root = temporaryFolder();
    const probe = probeWriteAccess(join(root, 'runs'), { fs: { ...realFileSystem, ...broken }, pid: process.pid });
    expect(probe).toEqual({ ok: false, why: expect.stringMatching(why) });
    expect(readdirSync(root)).toEqual([]);
  });

  test('when files cannot be made there then it says why', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'closed'));
    chmodSync(join(root, 'closed'), 0o500);
    // Mode bits do not stop root, but nobody can make files in /proc.
    const folder = process.getuid?.() === 0 ? '/proc' : join(root, 'closed');
    expect(probeWriteAccess(folder)).toMatchObject({ ok: false, why: expect.stringMatching(/./) });
  });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe('--online', () => {
  const MODELS = '{"data": [{"id": "small"}, {"id": "large"}]}';

  test.each<[string, RequestListener, string, RegExp]>([
    ['lists the model', reply(200, MODELS), 'ok', /answers and has small/],
    ['lists others', reply(200, '{"data": [{"id": "tiny"}]}'), 'warning', /does not list small; it has tiny/],
    ['lists none', reply(200, '{"data": []}'), 'warning', /it has none/],
    ['has no list', reply(404, 'nothing'), 'warning', /answers 404 and does not list/],
    ['sends a page', reply(200, '<html>'), 'warning', /does not list its models/],
    ['sends too much', reply(200, `{"data": "${'x'.repeat(3_000_000)}`), 'warning', /does not list its models/],
    ['wants a key', reply(401, '{}'), 'failed', /wants a key/],
    ['hangs', () => undefined, 'failed', /does not answer/],
    ['hangs after the head', (_, response) => response.writeHead(200).write('{'), 'failed', /does not answer/],
    ['cuts the line', (request) => request.socket.destroy(), 'failed', /does not answer/],
  ])('when the server %s then the check says so', async (name, listener, status, what) => {
    const baseUrl = await serve(listener);
    const { models } = settle({ baseUrl });
    const timeoutMs = name.startsWith('hangs') ? 500 : 20_000;
    const checks = await checkEndpoints(models, createServerAsker(fetch, { timeoutMs }));
    expect(checks).toMatchObject([{ status, what: expect.stringMatching(what) }]);
  });

  test('when a server redirects then the key does not follow', async () => {
    const thief = await serve(() => {
      throw new Error('the redirect was followed');
    });
    const seen: (string | undefined)[] = [];
    const baseUrl = await serve((request, response) => {
      seen.push(request.headers.authorization);
      reply(302, '', { location: thief })(request, response);
    });
    const { models } = settle({ flags: { baseUrl, apiKeyEnv: 'K' }, shell: { K: 'sk-canary-0123456789' } });
    const checks = await checkEndpoints(models, createServerAsker(fetch));
    expect(seen).toEqual(['Bearer sk-canary-0123456789']);
    expect(checks).toMatchObject([{ status: 'warning', what: expect.stringContaining('answers 302') }]);
    expect(JSON.stringify(checks)).not.toContain('canary');
  });

  test('when a key is withheld then the server does not see it', async () => {
    const seen: (string | undefined)[] = [];
    const baseUrl = await serve((request, response) => {
      seen.push(request.headers.authorization);
      reply(200, MODELS)(request, response);
    });
    const { models } = settle({ baseUrl, shell: { OPENAI_API_KEY: 'sk-canary-0123456789' } });
    await checkEndpoints(models, createServerAsker(fetch));
    expect(seen).toEqual([undefined]);
  });

  test('when a local server answers then the check shows how to use it', async () => {
    const asked: string[] = [];
    const checks = await checkLocalServers(async (url, key) => {
      asked.push(url);
      expect(key).toBeUndefined();
      if (url.includes('11434')) return { status: 200, body: '{"data": [{"id": "qwen3:4b"}]}' };
      if (url.includes('8080')) return { status: 404, body: '' };
      throw Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
      });
    });
    expect(asked).toHaveLength(3);
    expect(checks).toEqual([
      { id: 'online.ollama', status: 'ok', what: 'Ollama answers on port 11434', fix: '--model ollama/qwen3:4b' },
      { id: 'online.lmstudio', status: 'off', what: 'no LM Studio on port 1234: ECONNREFUSED' },
      { id: 'online.llamacpp', status: 'off', what: "port 8080 answers, but lists no models (llama.cpp's port)" },
    ]);
  });

  test('when servers may not be asked then none is', async () => {
    const checks = await doctor({ flags: { baseUrl: 'http://127.0.0.1:9/v1' } });
    expect(checks.filter(({ id }) => id.startsWith('online.'))).toEqual([]);
    const asked: string[] = [];
    const askServer = async (url: string) => {
      asked.push(url);
      return { status: 404, body: '' };
    };
    await doctor({ flags: { baseUrl: 'http://127.0.0.1:9/v1' } }, { askServer });
    expect(asked).toHaveLength(4);
  });
});
