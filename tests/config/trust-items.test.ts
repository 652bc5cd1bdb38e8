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

function divide({ settings, dotenv = new Map() }: { settings?: ProjectSettings; dotenv?: ProjectFiles['dotenv'] }) {
  return divideProject(
    { settings, dotenv },
    { shell: {}, isInside: () => true, trustedOrigins: [], userDisablesTools: false },
  );
}
