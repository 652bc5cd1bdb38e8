import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool } from '../../src/tools/define-tool.js';
import type { ToolDefinition, ToolResult } from '../../src/tools/tool.js';
import { toolContext } from './tool-context.js';

const context = toolContext({ projectRoot: '/nowhere' });

const definition = {
  id: 'send_mail',
  name: 'Send mail',
  description: 'Sends a mail.',
  args: z.object({ to: z.email(), copies: z.number().int().default(1), note: z.string().optional() }),
  run: (_context, { to, copies }) => `${copies} to ${to}`,
} satisfies ToolDefinition<
  z.ZodObject<{ to: z.ZodEmail; copies: z.ZodDefault<z.ZodNumber>; note: z.ZodOptional<z.ZodString> }>
>;

/** A tool without arguments that returns this. */
function returning(result: unknown, output?: z.ZodType) {
  const run = () => result as ToolResult;
  return defineTool({ id: 't', name: 'T', description: 'T', args: z.object({}), run, ...(output ? { output } : {}) });
}

describe('a definition', () => {
  test('when it is complete, then the tool has it, and is `once` unless it says otherwise', () => {
    expect(defineTool(definition)).toMatchObject({ id: 'send_mail', effect: 'once', source: 'module' });
    expect(defineTool({ ...definition, effect: 'read', timeoutMs: 5 })).toMatchObject({ effect: 'read', timeoutMs: 5 });
    expect(defineTool({ ...definition, effect: 'read', concurrent: true })).toMatchObject({ concurrent: true });
  });

  test.each([
    ['an id with a comma', { id: 'a,b' }],
    ['an id with a space', { id: 'a b' }],
    ['an id with a control character', { id: 'a\u0007b' }],
    ['an empty id', { id: '' }],
    ['a long id', { id: 'x'.repeat(65) }],
    ['no name', { name: ' ' }],
    ['no description', { description: '' }],
    ['a variable with its value', { env: ['TOKEN=abc'] }],
    ['a variable that is not in a list', { env: 'TOKEN' as unknown as string[] }],
    ['an allowance that is misspelt', { allow: { childProcess: true } as unknown as { childProcesses: true } }],
    ['a flag that is a text', { effect: 'read' as const, concurrent: 'yes' as unknown as boolean }],
    ['calls that act side by side', { effect: 'idempotent' as const, concurrent: true }],
    ['calls that happen once, side by side', { concurrent: true }],
    ['a long description', { description: 'x'.repeat(16_385) }],
    ['arguments that are not a zod object', { args: { type: 'object' } as unknown as typeof definition.args }],
    ['arguments that are another zod type', { args: z.string() as unknown as typeof definition.args }],
  ])('when it has %s, then it is refused with a fix', (_case, wrong) => {
    expect(() => defineTool({ ...definition, ...wrong })).toThrow(
      expect.objectContaining({
        code: 'invalid-settings',
        details: expect.objectContaining({ fix: expect.any(String) }),
      }),
    );
  });

  test('when the schema is asked for, then it is that of the input', () => {
    const schema = defineTool(definition).inputSchema();
    expect(schema).toMatchObject({ type: 'object', required: ['to'], properties: { copies: { default: 1 } } });
    expect(schema).not.toHaveProperty('$schema');
  });

  test('when arguments are turned into another type, then the schema takes what they take', () => {
    const args = z.object({ count: z.coerce.number().min(1), text: z.coerce.string(), plain: z.number() });
    expect(defineTool({ ...definition, args, run: () => null }).inputSchema()['properties']).toEqual({
      count: { type: ['number', 'string', 'boolean', 'null'], minimum: 1 },
      text: {},
      plain: { type: 'number' },
    });
  });

  test('when it says what it gives, then that is a schema, too', () => {
    const output = z.object({ total: z.number() });
    expect(returning({ total: 1 }, output).outputSchema?.()).toMatchObject({
      properties: { total: { type: 'number' } },
    });
    expect(returning('text').outputSchema?.()).toBeUndefined();
  });
});

describe('arguments', () => {
  const tool = defineTool(definition);

  test('when they fit, then defaults are filled in', () => {
    expect(tool.parseArguments({ to: 'a@b.cd' })).toEqual({ ok: true, args: { to: 'a@b.cd', copies: 1 } });
  });

  test('when one is missing and one is wrong, then both are reported, by name', () => {
    const parsed = tool.parseArguments({ copies: 'two' });
    expect(parsed).toMatchObject({
      ok: false,
      problems: [
        { argument: 'to', missing: true },
        { argument: 'copies', missing: false, message: expect.stringContaining('expected number') },
      ],
    });
  });

  test('when one is not known, then it is reported instead of dropped', () => {
    const parsed = tool.parseArguments({ to: 'a@b.cd', copy: 2 });
    expect(parsed).toMatchObject({ ok: false, problems: [{ argument: 'copy', missing: false }] });
    expect(JSON.stringify(parsed)).toContain('to, copies, note');
  });

  test.each([[null], [[1]], ['text']])('when they are %j instead of an object, then that is the problem', (args) => {
    const parsed = tool.parseArguments(args as never);
    expect(parsed).toMatchObject({ ok: false, problems: [{ argument: '', missing: false }] });
  });

  test('when a value is transformed, then the recorded arguments can be used again', async () => {
    const args = z.object({ day: z.string().transform((text) => new Date(text)), n: z.string().transform(Number) });
    const seen: unknown[] = [];
    const dated = defineTool({ ...definition, args, run: (_context, given) => seen.push(given) });
    const parsed = dated.parseArguments({ day: '2026-01-02', n: '3' });
    expect(parsed).toEqual({ ok: true, args: { day: '2026-01-02', n: '3' } });
    await dated.run(context, { day: '2026-01-02', n: '3' });
    expect(seen).toEqual([{ day: new Date('2026-01-02'), n: 3 }]);
  });

  test('when a check of the author throws, then it is a problem', () => {
    const args = z.object({
      n: z.number().refine(() => {
        throw new Error('oops');
      }),
    });
    const broken = defineTool({ ...definition, args, run: () => 'never' });
    expect(broken.parseArguments({ n: 1 })).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('oops') }],
    });
  });

  test('when wrong ones reach the call, then nothing is done', async () => {
    expect(await tool.run(context, {})).toEqual({
      kind: 'failure',
      message: 'to: is missing',
      retryable: true,
      notDone: true,
    });
  });
});

describe('a result', () => {
  test.each([
    ['text', 'done', { kind: 'output', value: 'done' }],
    ['an object', { a: [1, null] }, { kind: 'output', value: { a: [1, null] } }],
    ['an output', { kind: 'output', value: 1, summary: 'one' }, { kind: 'output', value: 1, summary: 'one' }],
    [
      'a failure',
      { kind: 'failure', message: 'no', retryable: false },
      { kind: 'failure', message: 'no', retryable: false },
    ],
    [
      'a failure without retryable',
      { kind: 'failure', message: 'no', not_done: true },
      { kind: 'failure', message: 'no', retryable: false, notDone: true },
    ],
    [
      'a failure that says nothing',
      { kind: 'failure', message: ' ', retryable: true },
      { kind: 'failure', message: 'it failed and does not say why', retryable: true },
    ],
    ['data that has a kind', { kind: 'cat' }, { kind: 'output', value: { kind: 'cat' } }],
    ['a date', { at: new Date(0) }, { kind: 'output', value: { at: '1970-01-01T00:00:00.000Z' } }],
  ])('when it is %s, then it is taken', async (_case, result, expected) => {
    expect(await returning(result).run(context, {})).toEqual(expected);
  });

  test.each([
    ['NaN', { rows: [1, Number.NaN] }, '/rows/1'],
    ['a Map', { m: new Map() }, '/m'],
    ['a BigInt', 1n, 'the value'],
  ])('when it holds %s, then it is a failure that names the place', async (_case, result, place) => {
    const failure = await returning(result).run(context, {});
    expect(failure).toMatchObject({ kind: 'failure', retryable: false, message: expect.stringContaining(place) });
    expect(failure).not.toHaveProperty('notDone');
  });

  test.each([
    ['read', { kind: 'failure', message: expect.stringContaining('the value') }],
    ['idempotent', { kind: 'output', value: null }],
    ['once', { kind: 'output', value: null }],
  ] as const)(
    'when a tool with effect %s gives nothing, then that is a result only if it acts',
    async (effect, end) => {
      for (const nothing of [undefined, { kind: 'output', value: undefined }]) {
        const tool = defineTool({ ...definition, effect, args: z.object({}), run: () => nothing as unknown as null });
        expect(await tool.run(context, {})).toMatchObject(end);
      }
    },
  );

  test('when it does not fit the output schema, then it is a failure that names the place', async () => {
    const tool = returning({ total: '3' }, z.object({ total: z.number() }));
    expect(await tool.run(context, {})).toMatchObject({ kind: 'failure', message: expect.stringContaining('/total') });
  });

  test('when it fits the output schema, then nothing of it is lost', async () => {
    const tool = returning({ total: 3, more: true }, z.object({ total: z.number() }));
    expect(await tool.run(context, {})).toEqual({ kind: 'output', value: { total: 3, more: true } });
  });

  test.each([
    ['Action', { action_url: 'https://example.org' }],
    ['Input', { argument_name: 'to' }],
    ['Multiple Choice', { argument_name: 'to', options: ['a', 'b'] }],
    ['Value Confirmation', { argument_name: 'to', value: 'a' }],
    ['User Verification', {}],
    ['Custom', { name: 'form', data: { a: 1 } }],
  ])('when it is a question of the category %s, then it is asked', async (category, parts) => {
    const result = { kind: 'clarifications', clarifications: [{ category, user_guidance: 'Please', ...parts }] };
    expect(await returning(result).run(context, {})).toEqual(result);
  });

  test.each([[[]], [[{ category: 'Input', user_guidance: 'x' }]], [[{ category: 'Riddle' }]], [['x']]])(
    'when the questions are %j, then it is a failure',
    async (clarifications) => {
      expect(await returning({ kind: 'clarifications', clarifications }).run(context, {})).toMatchObject({
        kind: 'failure',
      });
    },
  );

  test('when it asks and keeps something, then that is given on, if it can be kept', async () => {
    const clarifications = [{ category: 'Input', user_guidance: 'Which?', argument_name: 'page' }];
    const asking = async (kept: unknown) =>
      returning({ kind: 'clarifications', clarifications, kept }).run(context, {});
    expect(await asking({ at: 3 })).toEqual({ kind: 'clarifications', clarifications, kept: { at: 3 } });
    expect(await asking(NaN)).toMatchObject({ kind: 'failure', message: expect.stringContaining('cannot be kept') });
  });

  test('when the tool throws, then the caller gets the error', async () => {
    const tool = defineTool({ ...definition, run: () => Promise.reject(new Error('boom')) });
    await expect(tool.run(context, { to: 'a@b.cd' })).rejects.toThrow('boom');
  });
});
