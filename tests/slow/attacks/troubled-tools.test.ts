import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { plan, tool } from '../../e2e/trust-project.js';
import { ended, makeProject, portia, startPortia } from '../../support/portia.js';
import { loggedRunIds, printedQuestions } from '../../support/scenario.js';
import { startServer, type LocalServer } from '../../tools/local-server.js';

// Each project fails its test when a process is left in it: see `makeProject`.

/** What a tool does when it has noted in the file `effects` that it acted. */
type Trouble = 'killed' | 'hung' | 'flooding';

const MODULE = `import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
const args = z.object({ how: z.string() });
const make = (id: string, effect: 'once' | 'read') => defineTool({ id, effect, name: id, description: 'Does as it is told.', args,
  timeoutMs: 5000, async run(_context: unknown, { how }: { how: string }) {
    appendFileSync('effects', how + '\\n');
    if (how === 'killed') { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); }
    if (how === 'hung') { process.on('SIGTERM', () => {}); spawn('sleep', ['1000']); for (;;); }
    if (how === 'flooding') for (let line = 0; line < 200_000; line += 1) console.log('x'.repeat(100));
    return 'done';
  } });
export const tools = [make('act', 'once'), make('look', 'read')];
`;

const SHELL = `echo "$1" >> effects
case $1 in
killed) kill -9 $$ ;;
hung) trap '' TERM; sleep 1000 & while :; do sleep 1; done ;;
flooding) yes xxxxxxxxx | head -c 20000000 >&2 ;;
esac
echo done
`;

const PYTHON = `import os, signal, subprocess, sys
how = sys.argv[1]
with open('effects', 'a') as effects: effects.write(how + '\\n')
if how == 'killed': os.kill(os.getpid(), signal.SIGKILL)
if how == 'hung':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(['sleep', '1000'])
    while True: pass
if how == 'flooding':
    for line in range(200000): print('x' * 100, file=sys.stderr)
print('done')
`;

interface Kind {
  /** How a command ends is its result, so nobody is asked about one that was killed. */
  killed?: 'a result';
  files: Record<string, string | object>;
  /** The calls that act and that only read. */
  act: (how: Trouble) => object;
  look?: (how: Trouble) => object;
}

const called = (id: string) => (how: Trouble) => tool(id, { how });

function programs(...command: string[]): object {
  const args = { type: 'object', properties: { how: { type: 'string' } } };
  const one = (effect: string) => ({
    ...{ description: 'Does as it is told.', command: [...command, '{{ $how }}'], args, effect },
    timeout_ms: 5_000,
  });
  return { programs: { act: one('once'), look: one('read') } };
}

const JAVASCRIPT = MODULE.replaceAll(/: (?:string|'once' \| 'read'|unknown|\{ how: string \})(?=[,)])/g, '');

const COMMAND: Kind = {
  files: {
    'portia.json': { tools: { enable: ['run_command_tool'], settings: { run_command_tool: { timeout_ms: 5_000 } } } },
    'act.sh': SHELL,
  },
  killed: 'a result',
  act: (how) => tool('run_command_tool', { command: ['sh', './act.sh', how] }),
};

const KINDS: Record<string, Kind> = {
  'a module in JavaScript': {
    files: { 'portia.json': { tools: { modules: ['./act.mjs'] } }, 'act.mjs': JAVASCRIPT },
    act: called('act'),
    look: called('look'),
  },
  'a module in TypeScript': {
    files: { 'portia.json': { tools: { modules: ['./act.ts'] } }, 'act.ts': MODULE },
    act: called('act'),
    look: called('look'),
  },
  'a program of the shell': {
    files: { 'portia.json': programs('sh', './act.sh'), 'act.sh': SHELL },
    act: called('act'),
    look: called('look'),
  },
  run_command_tool: COMMAND,
};

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (hasPython) {
  KINDS['a program in Python'] = {
    files: { 'portia.json': programs('python3', './act.py'), 'act.py': PYTHON },
    act: called('act'),
    look: called('look'),
  };
} else process.stderr.write('There is no python3 here: programs in Python are NOT TESTED.\n');

const RUN = ['run-plan', 'plan.json', '--json', '--approve', '*'];
const AGAIN = ['resume', 'last', '--json', '--approve', '*'];
const make = (kind: Kind, step: object) => makeProject({ ...kind.files, 'plan.json': plan(step) });
const effects = (cwd: string) => (existsSync(join(cwd, 'effects')) ? readFileSync(join(cwd, 'effects'), 'utf8') : '');

async function untilActed(isDone: () => boolean): Promise<void> {
  while (!isDone()) await wait(10);
}

function hasBegun(cwd: string): boolean {
  const logs = existsSync(join(cwd, 'runs')) ? loggedRunIds(cwd) : [];
  return logs
    .map((id) => join(cwd, 'runs', id, 'events.ndjson'))
    .some((log) => existsSync(log) && readFileSync(log, 'utf8').includes('tool.started'));
}

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  const asks: Trouble[] = kind.killed === undefined ? ['killed', 'hung'] : ['hung'];
  test.each(asks)('when it is %s then a person is asked, and it acts once', async (how) => {
    const cwd = make(kind, kind.act(how));
    const asked = await portia(RUN, { cwd });
    expect(asked.code, asked.stderr).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
    expect((await portia([...AGAIN, '--answer', 'outcome=happened=done'], { cwd })).code).toBe(0);
    expect(effects(cwd)).toBe(`${how}\n`);
  });

  test('when portia is killed while it hangs then it ends, too, and a resume asks before it acts again', async () => {
    const cwd = make(kind, kind.act('hung'));
    const child = startPortia(RUN, { cwd });
    const end = ended(child, '');
    await untilActed(() => effects(cwd) !== '');
    child.kill('SIGKILL');
    await end;
    const asked = await portia(AGAIN, { cwd });
    expect(asked.code, asked.stderr).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
    expect(effects(cwd)).toBe('hung\n');
  });

  test('when it floods what it prints then its result is whole, and standard output is JSON', async () => {
    const cwd = make(kind, (kind.look ?? kind.act)('flooding'));
    const done = await portia(RUN, { cwd });
    expect(done.code, done.stderr.slice(-1_000)).toBe(0);
    expect(JSON.stringify(JSON.parse(done.stdout))).toContain('done');
    expect(done.stdout.length).toBeLessThan(1_000_000);
  });

  const fails: Trouble[] = kind.look === undefined ? [] : ['killed', 'hung'];
  test.each(fails)('when a call that only reads is %s then it has failed, and a resume makes it again', async (how) => {
    const cwd = make(kind, (kind.look ?? kind.act)(how));
    const failed = await portia(RUN, { cwd });
    expect(failed.code, failed.stderr).toBe(1);
    expect((await portia(AGAIN, { cwd })).code).toBe(1);
    expect(effects(cwd)).toBe(`${how}\n`.repeat(2));
  });
});

test('when a command is killed then its result says so', async () => {
  const cwd = make(COMMAND, COMMAND.act('killed'));
  const done = await portia(RUN, { cwd });
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain('SIGKILL');
});

describe('an HTTP call', () => {
  async function makeCall(
    method: string,
    answer: Parameters<typeof startServer>[0],
  ): Promise<{ cwd: string; server: LocalServer }> {
    const server = await startServer(answer);
    onTestFinished(() => server.close());
    const act = { description: 'Acts.', method, url: `${server.url}/act`, timeout_ms: 5_000 };
    return { cwd: makeProject({ 'portia.json': { http: { act } }, 'plan.json': plan(tool('act', {})) }), server };
  }

  test.each<[string, Parameters<typeof startServer>[0]]>([
    ['is broken off', (_request, response) => response.destroy()],
    ['is not answered', () => undefined],
    ['is answered without an end', (_request, response) => void response.writeHead(200).write('{')],
  ])('when it %s then a person is asked, and it is sent once', async (_what, answer) => {
    const { cwd, server } = await makeCall('POST', answer);
    const asked = await portia(RUN, { cwd });
    expect(asked.code, asked.stderr).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
    expect(server.requests).toHaveLength(1);
  });

  test('when it is answered with a flood then it has failed, and what it did is asked', async () => {
    const chunk = Buffer.alloc(1_000_000, 'x');
    const { cwd, server } = await makeCall('GET', (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const failed = await portia(RUN, { cwd });
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('more than 10000000 bytes');
    expect(server.requests).toHaveLength(1);
  });

  test('when portia is killed while it waits then a resume asks before it is sent again', async () => {
    const { cwd, server } = await makeCall('POST', () => undefined);
    const child = startPortia(RUN, { cwd });
    const end = ended(child, '');
    await untilActed(() => server.requests.length > 0);
    child.kill('SIGKILL');
    await end;
    expect((await portia(AGAIN, { cwd })).code).toBe(8);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a query that never ends', () => {
  const query = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  const step = { ...tool('run_sql', { query, db_path: 'shop.db' }), timeout_ms: 3_000 };
  const files = { 'shop.db': '', 'plan.json': plan(step) };

  test('when its time is over then it has failed', async () => {
    const cwd = makeProject(files);
    const failed = await portia(RUN, { cwd });
    expect(failed.code, failed.stderr).toBe(1);
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'when portia is ended by %s then the query ends, too',
    async (signal) => {
      const cwd = makeProject(files);
      const child = startPortia(RUN, { cwd });
      const end = ended(child, '');
      await untilActed(() => hasBegun(cwd));
      child.kill(signal);
      await end;
      expect((await portia(AGAIN, { cwd })).code).toBe(1);
    },
  );
});
