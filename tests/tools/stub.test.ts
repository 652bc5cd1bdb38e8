import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool } from '../../src/tools/define-tool.js';
import { createStub, dryRun } from '../../src/tools/stub.js';
import { toolContext } from './tool-context.js';

const context = toolContext({ projectRoot: '/nowhere' });
const definition = { name: 'Send', description: 'Sends.', args: z.object({ to: z.string() }) };
const run = () => {
  throw new Error('must not be called');
};
const once = defineTool({ ...definition, id: 'send', run });
const read = defineTool({ ...definition, id: 'look', effect: 'read', run });

describe('a stub', () => {
  test('when it replaces a tool, then it keeps its looks and only reads', () => {
    const stub = createStub(once, 1);
    expect(stub).toMatchObject({ id: 'send', name: 'Send', description: 'Sends.', effect: 'read', source: 'stub' });
    expect(stub.inputSchema()).toEqual(once.inputSchema());
    expect(stub.parseArguments({})).toEqual(once.parseArguments({}));
  });

  test('when it is called, then it gives its value, which callers cannot spoil', async () => {
    const value = { rows: [1] };
    const stub = createStub(once, value);
    const first = await stub.run(context, { to: 'x' });
    expect(first).toEqual({ kind: 'output', value: { rows: [1] } });
    if (first.kind === 'output') Object.assign(first.value as object, { rows: [] });
    expect(await stub.run(context, { to: 'x' })).toEqual({ kind: 'output', value: { rows: [1] } });
  });

  test('when the tool is not known, then the stub takes any arguments', () => {
    const stub = createStub('gmail:send', 'ok');
    expect(stub.id).toBe('gmail:send');
    expect(stub.parseArguments({ any: [1] })).toEqual({ ok: true, args: { any: [1] } });
  });

  test('when it is a dry run, then only tools that do not only read are replaced, and say so', async () => {
    const [looks, sends] = dryRun([read, once]);
    expect(looks).toBe(read);
    expect(sends).toMatchObject({ effect: 'read', source: 'stub' });
    expect(await sends?.run(context, { to: 'x' })).toEqual({
      kind: 'output',
      value: { dry_run: true, tool_id: 'send', not_called_with: { to: 'x' } },
    });
  });
});
