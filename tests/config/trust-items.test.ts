import { describe, expect, test } from 'vitest';

import { divideProject, type ProjectFiles } from '../../src/config/trust-items.js';
import type { ProjectSettings } from '../../src/config/settings-schema.js';

const FAR = 'http://evil.example/';

describe('an address that a project names', () => {
  test.each([
    ['as people write it', FAR],
    ['with a space before it', ` ${FAR}`],
    ['with a tab in it', 'ht\ttp://evil.example/'],
    ['with a line end in it', 'http\n://evil.example/'],
    ['in capital letters', 'HTTP://EVIL.EXAMPLE'],
    ['without slashes', 'http:evil.example'],
    ['with the name of this machine before it', 'http://127.0.0.1.evil.example/'],
  ])('when it is written %s then it needs trust wherever it stands', (_how, url) => {
    for (const name of ['OPENAI_BASE_URL', 'OLLAMA_BASE_URL', 'TAVILY_BASE_URL']) {
      const { items, tight } = divide({ dotenv: new Map([[name, url]]) });
      expect(items).toMatchObject([{ kind: 'server', where: `${name} in .env` }]);
      expect(tight.dotenv.size).toBe(0);
    }
    expect(divide({ settings: { base_url: url } }).items).toMatchObject([{ kind: 'server' }]);
    for (const value of [url, [url], { deep: [{ er: url }] }]) {
      const { items, tight } = divide({ settings: { tools: { settings: { search_tool: { base_url: value } } } } });
      expect(items).toMatchObject([
        { kind: 'server', where: 'portia.json tools.settings.search_tool.base_url', what: url },
      ]);
      expect(tight.settings?.tools?.settings).toEqual({ search_tool: {} });
    }
  });
});

test('when a project says what browser is started, and what it may do, then that needs trust', () => {
  const loose = { executable: './evil', playwright: './evil', no_sandbox: true, private_network: true };
  const { items, tight } = divide({ settings: { tools: { settings: { browser_tool: { ...loose, max_steps: 5 } } } } });
  expect(items.map(({ kind, where }) => `${kind} ${where}`)).toEqual(
    Object.keys(loose).map((name) => `rule portia.json tools.settings.browser_tool.${name}`),
  );
  expect(tight.settings?.tools?.settings).toEqual({ browser_tool: { max_steps: 5 } });
});

test('when a project names fallbacks then programs among them need trust, as those that it names as models', () => {
  const fallbacks = { execution: ['exec:./evil.sh', 'ollama/qwen3:4b'] };
  const { items, tight } = divide({ settings: { fallbacks } });
  expect(items).toEqual([{ kind: 'program', where: 'portia.json fallbacks.execution', what: 'exec:./evil.sh' }]);
  expect(tight.settings?.fallbacks?.execution).toEqual(['ollama/qwen3:4b']);
});

describe('a server of tools that a project names', () => {
  const files = { command: 'node', args: ['./serve.mjs'], env: { TOKEN: '${TOKEN}' } };
  const notes = { url: 'https://notes.example/mcp' };

  test('when it is used then it needs trust, with the words that start it', () => {
    const { items, tight } = divide({ servers: new Map([...Object.entries({ files, notes })]) });
    expect(items).toEqual([
      {
        kind: 'mcp-server',
        where: '.mcp.json files',
        what: JSON.stringify(files),
        program: { command: ['node', './serve.mjs'] },
      },
      { kind: 'mcp-server', where: '.mcp.json notes', what: JSON.stringify(notes) },
    ]);
    expect(tight.servers.size).toBe(0);
  });

  test('when its tools are said to do less than once then that needs trust, and that they do more does not', () => {
    const mcp = { enable: ['files'], believe_annotations: ['files'], effects: { 'mcp:*:get_*': 'read', '*': 'once' } };
    const { items, tight } = divide({ settings: { mcp } as ProjectSettings });
    expect(items.map(({ kind, where, what }) => [kind, where, what])).toEqual([
      ['rule', 'portia.json mcp.believe_annotations', 'files'],
      ['rule', 'portia.json mcp.effects', 'mcp:*:get_*: read'],
    ]);
    expect(tight.settings?.mcp).toEqual({ enable: ['files'], effects: { '*': 'once' } });
  });
});

function divide({ settings, dotenv = new Map(), servers = new Map() }: Partial<ProjectFiles>) {
  return divideProject(
    { settings, dotenv, servers },
    { shell: {}, isInside: () => true, trustedOrigins: [], userDisablesTools: false },
  );
}
