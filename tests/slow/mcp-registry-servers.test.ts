import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { makeProject, portia, type Ended } from '../support/portia.js';
import { printedQuestions } from '../support/scenario.js';

const require = createRequire(import.meta.url);

/** The servers of the protocol's own makers, as they are published. */
const PROGRAMS = {
  everything: require.resolve('@modelcontextprotocol/server-everything/package.json'),
  filesystem: require.resolve('@modelcontextprotocol/server-filesystem/package.json'),
  memory: require.resolve('@modelcontextprotocol/server-memory/package.json'),
};

/** A project with one of these servers, whose annotations are believed. */
function projectWith(name: keyof typeof PROGRAMS, ...args: string[]): string {
  const program = join(dirname(PROGRAMS[name]), 'dist/index.js');
  return withServer(name, {
    command: process.execPath,
    args: [program, ...args],
    env: { MEMORY_FILE_PATH: './memory.jsonl' },
  });
}

function withServer(name: string, entry: object): string {
  return makeProject({
    'portia.json': { mcp: { enable: [name], believe_annotations: [name] } },
    '.mcp.json': { mcpServers: { [name]: entry } },
    'notes/a.txt': 'buy milk\n',
  });
}

async function call(cwd: string, tool: string, ...words: string[]): Promise<Ended> {
  return portia(['tools', 'call', tool, ...words, '--approve', '*'], { cwd });
}

/** The processes of a folder's server, as the system lists them. */
function processesNaming(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('vitest'));
}

describe('server-filesystem', () => {
  let cwd = '';
  beforeEach(() => {
    cwd = projectWith('filesystem', '.');
    const folder = cwd;
    onTestFinished(() => expect(processesNaming(folder)).toEqual([]));
  });

  test('when a file is read then that needs no question, and a file is written after one', async () => {
    const read = await portia(['tools', 'call', 'mcp:filesystem:read_text_file', 'path=notes/a.txt'], { cwd });
    expect([read.code, JSON.parse(read.stdout)]).toEqual([0, { content: 'buy milk\n' }]);
    const asked = await portia(['tools', 'call', 'mcp:filesystem:write_file', 'path=b.txt', 'content=hello'], { cwd });
    expect(asked.code).toBe(8);
    const written = await call(cwd, 'mcp:filesystem:write_file', 'path=b.txt', 'content=hello');
    expect([written.code, written.stdout]).toEqual([0, expect.stringContaining('b.txt')]);
  });

  test('when a path is outside then the server says no, and the call failed', async () => {
    const { code, stderr } = await call(cwd, 'mcp:filesystem:read_text_file', 'path=/etc/passwd');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Access denied')]);
  });
});

describe('server-memory', () => {
  test('when it keeps something then another command finds it', async () => {
    const cwd = projectWith('memory');
    const entities = JSON.stringify([{ name: 'Ada', entityType: 'person', observations: ['likes milk'] }]);
    expect((await call(cwd, 'mcp:memory:create_entities', `entities:=${entities}`)).code).toBe(0);
    const found = await call(cwd, 'mcp:memory:search_nodes', 'query=milk');
    expect(JSON.parse(found.stdout)).toMatchObject({ entities: [{ name: 'Ada', observations: ['likes milk'] }] });
  });
});

describe('server-everything', () => {
  test('when its tools are called then texts, structures, pictures and links come back', async () => {
    const cwd = projectWith('everything');
    const value = async (tool: string, ...words: string[]) => {
      const { code, stdout, stderr } = await call(cwd, `mcp:everything:${tool}`, ...words);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as unknown;
    };
    expect(await value('echo', 'message=hello')).toBe('Echo: hello');
    expect(await value('get-sum', 'a:=1', 'b:=2')).toContain('3');
    expect(await value('get-structured-content', 'location=Chicago')).toMatchObject({
      temperature: expect.any(Number),
    });
    expect(await value('get-tiny-image')).toContainEqual(
      expect.objectContaining({ type: 'image', mime_type: 'image/png' }),
    );
    expect(await value('get-resource-links', 'count:=2')).toContainEqual(
      expect.objectContaining({ type: 'resource_link' }),
    );
    expect(await value('trigger-long-running-operation', 'duration:=1', 'steps:=2')).toContain('completed');
  });

  test('when it asks a person then the questions are those of its form', async () => {
    const cwd = projectWith('everything');
    const step = { kind: 'tool', tool_id: 'mcp:everything:trigger-elicitation-request', args: {}, output: '$said' };
    const plan = { plan_context: { query: 'Ask.', tool_ids: [] }, steps: [step] };
    const asked = await portia(['run-plan', '-', '--approve', '*'], { cwd, input: JSON.stringify(plan) });
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions.length).toBeGreaterThan(5);
  });
});

const PYTHON_SERVER = `try:
    from mcp.server.mcpserver import MCPServer as Server
except ModuleNotFoundError:
    from mcp.server.fastmcp import FastMCP as Server

server = Server("calculator")

@server.tool()
def add(a: int, b: int) -> int:
    "Adds."
    return a + b

@server.tool()
def divide(a: int, b: int) -> float:
    "Divides."
    return a / b

server.run()
`;

describe('a server in Python', () => {
  const python = process.env['PORTIA_TEST_PYTHON'] ?? 'python3';
  const hasPackage = spawnSync(python, ['-c', 'import mcp.server']).status === 0;
  if (!hasPackage) {
    process.stderr.write(
      `! No server in Python is tried: ${python} has no package mcp. Set PORTIA_TEST_PYTHON to one that has.\n`,
    );
  }

  test.runIf(hasPackage)('when its tools are called then values and failures come back', async () => {
    const cwd = withServer('py', { command: python, args: ['./serve.py'] });
    writeFileSync(join(cwd, 'serve.py'), PYTHON_SERVER);
    const { code, stdout, stderr } = await call(cwd, 'mcp:py:add', 'a:=1', 'b:=2');
    expect([code, JSON.parse(stdout)], stderr).toEqual([0, { result: 3 }]);
    const failed = await call(cwd, 'mcp:py:divide', 'a:=1', 'b:=0');
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('Error executing tool divide')]);
  });
});
