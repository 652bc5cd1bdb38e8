import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readProject } from '../../src/config/project.js';
import { temporaryFolder } from './temporary-folder.js';

const read = (root: string, enabled: string[] = []) =>
  readProject(root, { cwd: root, refuseOthers: async () => undefined, enabled });

const files = { command: 'npx', args: ['-y', 'server-files', '${ROOT:-.}'], disabled: false };
const notes = { type: 'http', url: '${NOTES_URL}', headers: { Authorization: 'Bearer ${NOTES_TOKEN}' } };

describe('.mcp.json', () => {
  test('when portia.json enables a server then that one is used, with what other programs keep there', async () => {
    const root = temporaryFolder({
      'portia.json': JSON.stringify({ mcp: { enable: ['files'] } }),
      '.mcp.json': JSON.stringify({ $comment: 'shared', mcpServers: { files, notes, broken: 7 } }),
    });
    expect((await read(root)).servers).toEqual(new Map([['files', files]]));
  });

  test('when the user enables a server in every project then it is used where a project has it', async () => {
    const root = temporaryFolder({ '.mcp.json': JSON.stringify({ mcpServers: { files, notes } }) });
    expect((await read(root, ['notes'])).servers).toEqual(new Map([['notes', notes]]));
    expect(await read(temporaryFolder(), ['notes'])).toMatchObject({ servers: new Map(), warnings: [] });
  });

  test('when portia.json enables a server that is not there then that is said', async () => {
    const root = temporaryFolder({ 'portia.json': JSON.stringify({ mcp: { enable: ['files'] } }) });
    expect((await read(root)).warnings).toEqual(['portia.json mcp.enable: .mcp.json has no server files.']);
  });

  test('when nobody enables a server then the file may hold anything', async () => {
    const root = temporaryFolder({ 'portia.json': '{}', '.mcp.json': 'nonsense' });
    expect((await read(root)).servers.size).toBe(0);
  });

  test.each<[string, string | object, string]>([
    ['is not JSON', '{"mcpServers": ', 'ends too early'],
    ['is a list', [], 'one JSON object'],
    ['has a list of servers', { mcpServers: [] }, 'must be an object, with a server under each name'],
    ['has a server that is a text', { mcpServers: { files: 'npx' } }, 'mcpServers/files: must be an object'],
    ['has a server that is neither', { mcpServers: { files: { args: [] } } }, 'must have either "command"'],
    ['has a server that is both', { mcpServers: { files: { ...files, ...notes } } }, 'must have either "command"'],
    ['has a command as a list', { mcpServers: { files: { command: ['npx'] } } }, 'mcpServers/files/command: expected'],
    ['has no command', { mcpServers: { files: { command: '' } } }, 'mcpServers/files/command: must not be empty'],
    ['has a number as a variable', { mcpServers: { files: { command: 'a', env: { PORT: 1 } } } }, 'files/env/PORT'],
    ['has a strange transport', { mcpServers: { files: { type: 'ws', url: 'http://a/' } } }, 'mcpServers/files/type'],
    ['has an address of files', { mcpServers: { files: { url: 'file:///etc' } } }, 'begins with https:// or http://'],
    [
      'has a word that no program gets',
      { mcpServers: { files: { command: 'a', args: ['\0'] } } },
      'must not hold U+0000',
    ],
    [
      'has a header of two lines',
      { mcpServers: { files: { url: 'http://a/', headers: { a: 'b\nc' } } } },
      'files/headers/a',
    ],
    ['has a strange header', { mcpServers: { files: { url: 'http://a/', headers: { 'a b': '' } } } }, 'a header'],
  ])('when it %s and the server is used then it is refused', async (_what, content, why) => {
    const root = temporaryFolder({ '.mcp.json': typeof content === 'string' ? content : JSON.stringify(content) });
    await expect(read(root, ['files'])).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringContaining(join(root, '.mcp.json')),
      details: { why: expect.stringContaining(why), fix: expect.anything() },
    });
  });
});
