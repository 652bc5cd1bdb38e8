import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool } from '../../src/tools/define-tool.js';
import { createRegistry, effectiveTools } from '../../src/tools/registry.js';
import { toolContext } from './tool-context.js';

function tool(id: string, name = id) {
  return defineTool({ id, name, description: id, effect: 'read', args: z.object({}), run: () => 'done' });
}

const ids = ['search_tool', 'calculator_tool', 'mcp:stripe:create_refund', 'mcp:stripe:list_customers', 'constructor'];
const registry = createRegistry(ids.map((id) => tool(id)));
const idsOf = (found: typeof registry) => found.list().map(({ id }) => id);

describe('the registry', () => {
  test('when tools are listed, then they are sorted by id', () => {
    expect(idsOf(registry)).toEqual([...ids].sort());
  });

  test('when an id is that of an object member, then only a real tool is found', () => {
    expect(registry.get('constructor')?.id).toBe('constructor');
    expect(registry.get('__proto__')).toBeUndefined();
    expect(registry.get('toString')).toBeUndefined();
  });

  test('when two tools have one id, then the error names both', () => {
    expect(() => createRegistry([tool('a', 'First'), tool('a', 'Second')])).toThrow(/"First" .*"Second"/);
  });

  test('when a required tool is missing, then the nearest is suggested', () => {
    expect(() => registry.require('calculator')).toThrow(
      expect.objectContaining({
        code: 'not-found',
        details: expect.objectContaining({ why: 'Did you mean calculator_tool?' }),
      }),
    );
  });

  test.each<[string, { include?: string[]; exclude?: string[] }, string[]]>([
    ['nothing', {}, [...ids].sort()],
    ['an exact id', { include: ['search_tool'] }, ['search_tool']],
    ['a star over colons', { include: ['mcp:*'] }, ['mcp:stripe:create_refund', 'mcp:stripe:list_customers']],
    ['two globs', { include: ['calc*', '*_tool'] }, ['calculator_tool', 'search_tool']],
    ['an exclusion', { exclude: ['mcp:stripe:*', 'constructor'] }, ['calculator_tool', 'search_tool']],
    ['both', { include: ['mcp:*'], exclude: ['*refund'] }, ['mcp:stripe:list_customers']],
  ])('when the selection is %s, then it has what matches', async (_case, globs, expected) => {
    expect(idsOf(await registry.select(globs))).toEqual(expected);
  });

  test.each([{ include: ['serch_tool'] }, { exclude: ['gmail:*'] }])(
    'when %j matches nothing, then it is refused',
    async (globs) => {
      await expect(registry.select(globs)).rejects.toMatchObject({ code: 'not-found' });
    },
  );

  test('when a tool is off, then the listing says why and how to switch it on', async () => {
    const off = { ready: false as const, why: 'no key', fix: 'export KEY=…' };
    const tools = createRegistry([tool('on'), { ...tool('off'), readiness: () => off }]);
    const { environment } = toolContext({ projectRoot: '/' });
    expect((await effectiveTools(tools, environment)).map(({ readiness }) => readiness)).toEqual([
      off,
      { ready: true },
    ]);
  });
});
