import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { connectionOf } from '../../../src/tools/mcp/server-connection.js';
import { readServerEntry } from '../../../src/tools/mcp/server-settings.js';

const connect = (value: Json, variables: Record<string, string> = {}) => {
  const read = readServerEntry(value, '/mcpServers/files');
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'));
  return connectionOf(read.entry, (name) => variables[name]);
};

describe('the connection to a server', () => {
  test('when it is a program then each of its texts has its variables', () => {
    const entry = {
      command: '${HOME}/bin/serve',
      args: ['--root', '${ROOT:-.}', '${EMPTY:-}', '$HOME'],
      env: { TOKEN: 'Bearer ${TOKEN}' },
      cwd: '${HOME}',
    };
    expect(connect(entry, { HOME: '/home/ada', TOKEN: 'hush' })).toEqual({
      ok: true,
      connection: {
        kind: 'stdio',
        command: '/home/ada/bin/serve',
        args: ['--root', '.', '', '$HOME'],
        env: { TOKEN: 'Bearer hush' },
        cwd: '/home/ada',
      },
    });
  });

  test.each([
    ['nothing', undefined, 'http'],
    ['http', 'http', 'http'],
    ['streamable', 'streamable', 'http'],
    ['streamable-http', 'streamable-http', 'http'],
    ['sse', 'sse', 'sse'],
  ])('when its type is %s then it is reached by %s', (_name, type, kind) => {
    const entry = { ...(type !== undefined && { type }), url: '${BASE:-https://a.example}/mcp' };
    expect(connect(entry)).toEqual({
      ok: true,
      connection: { kind, url: 'https://a.example/mcp', headers: {} },
    });
  });

  test('when a variable has a value then it holds over the default', () => {
    const entry = { url: '${BASE:-https://a.example}/mcp', headers: { 'x-key': '${KEY}' } };
    expect(connect(entry, { BASE: 'http://127.0.0.1:1', KEY: '${BASE}' })).toEqual({
      ok: true,
      connection: { kind: 'http', url: 'http://127.0.0.1:1/mcp', headers: { 'x-key': '${BASE}' } },
    });
  });

  test('when variables are not set then all of them are named, each once', () => {
    const entry = { command: 'a', args: ['${ONE}', '${TWO:-2}'], env: { A: '${ONE}', B: '${THREE}' } };
    expect(connect(entry)).toEqual({ ok: false, missing: ['ONE', 'THREE'] });
  });
});
