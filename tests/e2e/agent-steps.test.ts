import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { plainMarks } from '../support/plain-marks.js';
import { promptOf, type ChatRequestBody, type ScriptEntry, type ScriptedReply } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { onlyRun, playModel, printedError, printedQuestions, readEvents, story } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool that books a table, unless it is full, and notes every booking that it is asked for. */
const bookTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const book = defineTool({
  id: 'book_table',
  name: 'Book table',
  description: 'Books a table.',
  effect: 'idempotent',
  args: z.object({
    restaurant: z.string().describe('Name of the restaurant.'),
    guests: z.int().min(1).describe('How many people come.'),
  }),
  output: z.object({ booked: z.string() }),
  run(context, args) {
    appendFileSync(context.environment.projectRoot + '/calls.ndjson', JSON.stringify(args) + '\\n');
    if (args.restaurant === 'Full') {
      return { kind: 'failure', message: 'Full is full. Take another one.', retryable: true, notDone: true };
    }
    return { booked: args.restaurant + ' for ' + args.guests };
  },
});
`;

function bookingProject(step: object = {}): string {
  return makeToolProject(bookTool, {
    'portia.json': { tools: { modules: ['./tools/*.mjs'] }, approvals: { book_table: 'allow' } },
    'book.json': {
      id: 'plan-019a0000-0000-7000-8000-0000000000a1',
      plan_context: { query: 'Book a table.', tool_ids: ['book_table'] },
      steps: [{ task: 'Book a table for tonight.', tool_id: 'book_table', output: '$booking', ...step }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

const calls = (name: string, ...all: unknown[]): ScriptedReply => ({
  toolCalls: all.map((args) => ({ name, arguments: args })),
});
const books = (...all: unknown[]): ScriptedReply => calls('book_table', ...all);
const play = (replies: ScriptedReply[]) => playModel(replies.map((reply) => ({ reply })));

const bookings = (cwd: string): unknown[] => {
  if (!existsSync(join(cwd, 'calls.ndjson'))) return [];
  const lines = readFileSync(join(cwd, 'calls.ndjson'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
};
const parse = (stdout: string): Run => JSON.parse(stdout) as Run;
const valueOf = (run: Run): unknown => run.outputs.final_output?.['value'];
const toolTexts = (request: ChatRequestBody | undefined): (string | null)[] =>
  (request?.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => content && plainMarks(content));

describe('a step of the default kind', () => {
  test('when the model calls the tool then it saw the task, the one tool with its schema, and ask_user', async () => {
    const cwd = bookingProject();
    const model = await play([books({ restaurant: 'Roma', guests: 4 })]);
    const { code, stdout } = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(valueOf(parse(stdout))).toEqual({ booked: 'Roma for 4' });
    const [request] = model.requests;
    expect(request?.tools?.map((tool) => tool.function.name)).toEqual(['book_table', 'ask_user']);
    expect(request?.tools?.[0]?.function.parameters).toMatchObject({
      properties: { guests: { type: 'integer', minimum: 1 } },
      required: ['restaurant', 'guests'],
    });
    expect(request && promptOf(request)).toContain('Task: Book a table for tonight.');
    expect(request).not.toHaveProperty('tool_choice');
  });

  test('when the tool fails softly then the model is shown the error, and may try other arguments', async () => {
    const cwd = bookingProject();
    const model = await play([books({ restaurant: 'Full', guests: 4 }), books({ restaurant: 'Roma', guests: 4 })]);
    const { code, stdout } = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    const run = parse(stdout);
    expect(valueOf(run)).toEqual({ booked: 'Roma for 4' });
    expect(run).toMatchObject({ usage: { calls: 2 }, steps: [{ attempts: 1 }] });
    expect(toolTexts(model.requests[1])).toEqual(['<data>\nThe call failed: Full is full. Take another one.\n</data>']);
    expect(story(cwd, run.id).filter((line) => line.startsWith('tool.'))).toEqual([
      'tool.started 0',
      'tool.failed 0',
      'tool.started 0',
      'tool.finished 0',
    ]);
  });

  test('when it fails softly four times then the step fails with the last error, and resuming tries again', async () => {
    const cwd = bookingProject();
    const four = [1, 2, 3, 4].map((guests) => books({ restaurant: 'Full', guests }));
    const model = await play([...four, books({ restaurant: 'Roma', guests: 2 })]);
    const failed = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(failed.code).toBe(1);
    expect(bookings(cwd)).toHaveLength(4);
    expect(parse(failed.stdout)).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', retryable: true } });
    expect(printedError(failed.stderr)['message']).toContain(
      'book_table failed 4 times; the last time: The call failed: Full is full.',
    );
    const resumed = await portiaHere(['resume', 'last'], { cwd, env: model.environment });
    expect(resumed.code).toBe(0);
    expect(parse(resumed.stdout)).toMatchObject({ usage: { calls: 5 }, steps: [{ attempts: 2 }] });
  });

  test.each<{ how: string; bad: ScriptedReply; told: RegExp }>([
    { how: 'answers with text', bad: { text: 'I would book Roma.' }, told: /Do the task by calling book_table/ },
    { how: 'gives a wrong type', bad: books({ restaurant: 'Roma', guests: 'four' }), told: /guests: .*number/ },
    { how: 'gives broken JSON', bad: books('{"restaurant": "Roma", '), told: /not valid JSON/ },
    { how: 'calls another function', bad: calls('send_mail', {}), told: /no function send_mail; call book_table/ },
    {
      how: 'gives an unknown argument',
      bad: books({ restaurant: 'Roma', guests: 4, day: 1 }),
      told: /day: is not an argument/,
    },
  ])('when the model $how then it is told, nothing is called, and it may correct itself', async ({ bad, told }) => {
    const cwd = bookingProject();
    const model = await play([bad, books({ restaurant: 'Roma', guests: 4 })]);
    const { code } = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(bookings(cwd)).toEqual([{ restaurant: 'Roma', guests: 4 }]);
    const [, second] = model.requests;
    expect(second && promptOf(second)).toMatch(told);
  });

  test('when the task needs several calls then the value is the list of their results', async () => {
    const cwd = bookingProject();
    const model = await play([books({ restaurant: 'Roma', guests: 4 }, { restaurant: 'Oslo', guests: 2 })]);
    const { stdout } = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(valueOf(parse(stdout))).toEqual([{ booked: 'Roma for 4' }, { booked: 'Oslo for 2' }]);
  });
});

describe('a step of the default kind that lacks a value', () => {
  test('when the model leaves a required argument out then the user is asked for it, with its schema', async () => {
    const cwd = bookingProject();
    const model = await play([books({ restaurant: 'Roma' })]);
    const paused = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(paused.code).toBe(8);
    const { run_id: id, questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([
      { category: 'Input', argument_name: 'guests', source: 'Book table', schema: { type: 'integer', minimum: 1 } },
    ]);
    expect(questions[0]?.['user_guidance']).toContain('How many people come.');
    expect(bookings(cwd)).toEqual([]);
    const wrong = await portiaHere(['resume', id, '--answer', 'guests=0'], { cwd, env: model.environment });
    expect(wrong.code).toBe(2);
    const resumed = await portiaHere(['resume', id, '--answer', 'guests=3'], { cwd, env: model.environment });
    expect(resumed.code).toBe(0);
    expect(valueOf(parse(resumed.stdout))).toEqual({ booked: 'Roma for 3' });
    expect(parse(resumed.stdout).usage.calls).toBe(1);
  });

  test('when the model calls ask_user then the answer goes into its next turn, in another process', async () => {
    const cwd = bookingProject();
    const asking = calls('ask_user', { argument_name: 'restaurant', question: 'Which restaurant?' });
    const model = await play([asking, books({ restaurant: 'Oslo', guests: 2 })]);
    const paused = await portiaHere(['run-plan', 'book.json'], { cwd, env: model.environment });
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      { category: 'Input', argument_name: 'restaurant', user_guidance: 'Which restaurant?' },
    ]);
    expect(model.requests).toHaveLength(1);
    const answered = await portiaHere(['answer', 'last', 'restaurant=Oslo'], { cwd });
    expect(parse(answered.stdout).state).toBe('READY_TO_RESUME');
    const resumed = await portiaHere(['resume', 'last'], { cwd, env: model.environment });
    expect(resumed.code).toBe(0);
    expect(toolTexts(model.requests[1])).toEqual(['The user says: restaurant = Oslo']);
    expect(valueOf(parse(resumed.stdout))).toEqual({ booked: 'Oslo for 2' });
    expect(onlyRun(cwd).usage.calls).toBe(2);
  });
});

describe('inputs and shapes of model steps', () => {
  const OUTPUT_SCHEMA = { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] };
  const llmPlan = (step: object) =>
    makeProject({
      'plan.json': {
        id: 'plan-019a0000-0000-7000-8000-0000000000a2',
        plan_context: { query: 'Measure it.', tool_ids: ['llm_tool'] },
        steps: [{ task: 'How large is it?', output: '$size', ...step }],
        metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
      },
    });

  test.each([
    { how: 'the llm_tool', step: { tool_id: 'llm_tool' } },
    { how: 'no tool', step: { tool_id: null } },
    { how: 'the kind llm', step: { kind: 'llm' } },
  ])('when a step has $how then it costs exactly one model call', async ({ step }) => {
    const cwd = llmPlan(step);
    const model = await play([{ text: 'Very large.' }]);
    const { code, stdout } = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    const run = parse(stdout);
    expect(valueOf(run)).toBe('Very large.');
    expect(run.usage).toEqual({ calls: 1, input_tokens: 10, output_tokens: 5 });
    expect(model.requests[0]).not.toHaveProperty('tools');
  });

  test('when the reply of a typed step does not fit then it is repaired once', async () => {
    const cwd = llmPlan({ kind: 'llm', output_schema: OUTPUT_SCHEMA });
    const model = await playModel([
      { reply: { json: { size: 'large' } } },
      { match: /Your reply cannot be used:\n<data-\w+>\n- size: must be integer/, reply: { json: { size: 7 } } },
    ]);
    const { code, stdout } = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(valueOf(parse(stdout))).toEqual({ size: 7 });
    expect(model.requests[0]?.response_format).toMatchObject({ type: 'json_schema' });
  });

  test('when it never fits then the step fails with the place, and resuming tries it again', async () => {
    const cwd = llmPlan({ kind: 'llm', output_schema: OUTPUT_SCHEMA });
    const bad: ScriptEntry = { reply: { json: { size: 'large' } } };
    const model = await playModel([bad, bad, { reply: { json: { size: 7 } } }]);
    const failed = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
    expect(failed.code).toBe(1);
    expect(printedError(failed.stderr)).toMatchObject({ code: 'model-reply-unusable', resumable: true });
    expect(printedError(failed.stderr)['why']).toContain('size: must be integer');
    const resumed = await portiaHere(['resume', 'last'], { cwd, env: model.environment });
    expect(valueOf(parse(resumed.stdout))).toEqual({ size: 7 });
  });

  test('when a tool gives what the step promises then no model converts it, else one does', async () => {
    const fits = { type: 'object', properties: { booked: { type: 'string' } }, required: ['booked'] };
    const same = bookingProject({ output_schema: fits });
    const once = await play([books({ restaurant: 'Roma', guests: 4 })]);
    await portiaHere(['run-plan', 'book.json'], { cwd: same, env: once.environment });
    expect(valueOf(onlyRun(same))).toEqual({ booked: 'Roma for 4' });

    const other = bookingProject({ output_schema: OUTPUT_SCHEMA });
    const twice = await play([books({ restaurant: 'Roma', guests: 4 }), { json: { size: 4 } }]);
    await portiaHere(['run-plan', 'book.json'], { cwd: other, env: twice.environment });
    expect(valueOf(onlyRun(other))).toEqual({ size: 4 });
  });

  test('when an argument is exactly the name of an input in braces then the tool gets it whole', async () => {
    const cwd = bookingProject({ inputs: [{ name: '$place' }, { name: '$guests' }] });
    const plan = JSON.parse(readFileSync(join(cwd, 'book.json'), 'utf8')) as object;
    const inputs = { plan_inputs: [{ name: '$place' }, { name: '$guests' }] };
    const model = await play([books({ restaurant: '{{$place}}', guests: '{{ guests }}' })]);
    const { code } = await portiaHere(['run-plan', '-', '-i', 'place=Ca{{$guests}}fé', '-i', 'guests:=6'], {
      cwd,
      env: model.environment,
      input: JSON.stringify({ ...plan, ...inputs }),
    });
    expect(code).toBe(0);
    expect(bookings(cwd)).toEqual([{ restaurant: 'Ca{{$guests}}fé', guests: 6 }]);
  });
});

describe('a model that cannot be asked', () => {
  const NOBODY = { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', OPENAI_API_KEY: 'sk-test' };

  test.each([
    { how: 'rejects the key', script: [{ reply: { status: 401 } }], code: 4, error: 'key-rejected' },
    { how: 'is not there', script: [], env: NOBODY, code: 3, error: 'unavailable' },
  ])('when it $how then the run waits, exits $code, and continues later', async ({ script, env, code, error }) => {
    const cwd = bookingProject();
    const bad = await playModel(script);
    const stopped = await portiaHere(['run-plan', 'book.json'], { cwd, env: env ?? bad.environment });
    expect(stopped.code).toBe(code);
    const run = parse(stopped.stdout);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
    const printed = printedError(stopped.stderr);
    expect(printed).toMatchObject({ code: error, exit_code: code, resumable: true, run_id: run.id });
    expect(printed['fix']).toContain(`portia resume ${run.id}`);
    const good = await play([books({ restaurant: 'Roma', guests: 4 })]);
    const resumed = await portiaHere(['resume', run.id], { cwd, env: good.environment });
    expect(resumed.code).toBe(0);
    expect(parse(resumed.stdout)).toMatchObject({ error: null, pause: null });
  });

  test('when none is configured then the run waits, exits 4, and says how to configure one', async () => {
    const cwd = bookingProject();
    const stopped = await portiaHere(['run-plan', 'book.json'], { cwd });
    expect(stopped.code).toBe(4);
    const run = parse(stopped.stdout);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' }, error: { code: 'no-model' } });
    const error = printedError(stopped.stderr);
    expect(error['why']).toContain('OPENAI_API_KEY is not set');
    expect(error['fix']).toContain('export OPENAI_API_KEY=');
    expect(error['fix']).toContain(`portia resume ${run.id}`);
    expect(readEvents(cwd, run.id).at(-1)?.type).toBe('run.paused');
  });
});
