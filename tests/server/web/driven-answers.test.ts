import { expect, test, vi } from 'vitest';

import { makeProject } from '../../support/portia.js';
import { portiaHere } from '../../support/portia-here.js';
import { onlyRun, readEvents, readRun } from '../../support/scenario.js';
import { formsIn, serve, type Served } from '../../support/serve-process.js';
import { askingRun, liveProject, openGate } from './live-project.js';

/** Answers a question on its page. */
async function answer(server: Served, { run, question }: { run: string; question: string }, value: string) {
  const path = `/questions/${run}/${question}`;
  const [form] = formsIn(await (await server.get(path)).text());
  return server.post(path, { ...form?.fields, answer: value });
}

test('when a run of the server asks while it works then it takes the answer at once', async () => {
  const cwd = liveProject();
  const server = await serve(['--drive', '--by', 'Ada'], { cwd });
  const { id, outputs } = await askingRun(cwd, 'beside.json');
  await answer(server, { run: id, question: outputs.clarifications[0]?.id ?? '' }, '7');
  const beside = await vi.waitFor(
    () => {
      const raised = readEvents(cwd, id).flatMap((event) =>
        event.type === 'clarification.raised' ? [event.clarification] : [],
      );
      expect(raised).toHaveLength(2);
      return raised[1]?.id ?? '';
    },
    { timeout: 60_000 },
  );
  expect(await (await server.get(`/runs/${id}`)).text()).toContain('A process still works on the run.');
  const sent = await answer(server, { run: id, question: beside }, 'many');
  expect(sent.status).toBe(303);
  const completed = () => readEvents(cwd, id).flatMap((event) => (event.type === 'step.completed' ? [event.path] : []));
  await vi.waitFor(() => expect(completed()).toEqual(['0', '1', '3']), { timeout: 60_000 });
  openGate(cwd, 'beside');
  await vi.waitFor(() => expect(readRun(cwd, id).state).toBe('COMPLETE'), { timeout: 60_000 });
  const [, question] = readRun(cwd, id).outputs.clarifications;
  expect(question).toMatchObject({ response: 'many', channel: 'web', answered_by: { name: 'Ada' } });
  expect(readEvents(cwd, id).filter(({ type }) => type === 'run.resumed')).toHaveLength(1);
});

test('when a run that stopped is resumed on its page then the server continues it', async () => {
  const cwd = makeProject({
    'plan.json': {
      plan_context: { query: 'Add', tool_ids: ['calculator_tool'] },
      steps: [
        { kind: 'compute', expression: '1 + 2', output: '$total' },
        { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $total }} + 1' }, output: '$more' },
      ],
    },
  });
  const stopped = await portiaHere(['run-plan', 'plan.json', '--max-steps', '1'], { cwd });
  expect(stopped.code).toBe(8);
  const { id } = onlyRun(cwd);
  const server = await serve(['--drive'], { cwd });
  const page = await (await server.get(`/runs/${id}`)).text();
  const [, path = '', csrf = ''] =
    /action="([^"]+\/resume)"><input type="hidden" name="csrf" value="([^"]+)"/.exec(page) ?? [];
  const sent = await server.post(path, { csrf });
  expect([sent.status, sent.headers.get('location')]).toEqual([303, `/runs/${id}`]);
  await vi.waitFor(() => expect(readRun(cwd, id).state).toBe('COMPLETE'), { timeout: 60_000 });
});
