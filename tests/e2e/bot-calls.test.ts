import { describe, expect, test } from 'vitest';

import type { ScriptEntry } from '../support/model-server.js';
import { makeProject, portia } from '../support/portia.js';
import { expectSoundPlan, playModel, readRun, runIds } from '../support/scenario.js';

const ask = {
  id: 'plan-019a0000-0000-7000-8000-000000000020',
  plan_context: { query: 'Answer the question from the handbook.', tool_ids: ['file_reader_tool', 'llm_tool'] },
  steps: [
    { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'handbook.md' }, output: '$handbook' },
    {
      task: 'Answer {{ $question }} from the handbook in at most 2000 characters.',
      inputs: [{ name: '$handbook', description: 'the handbook' }],
      tool_id: 'llm_tool',
      output: '$answer',
    },
  ],
  plan_inputs: [{ name: '$question', description: 'what somebody asks in the channel' }],
  metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
};

const call = (cwd: string, question: string, env: Record<string, string>) =>
  portia(['run-plan', 'ask.json', '-i', `question=${question}`, '--no-prompt', '--format', 'value'], { cwd, env });

const answer = (question: string, text: string): ScriptEntry => ({
  match: new RegExp(`Task: Answer ${question} from[\\s\\S]*Lunch is at noon\\.`),
  reply: { text },
});

describe('a bot that calls the command line', () => {
  test('when the run completes then standard output has the answer and nothing else', async () => {
    const cwd = makeProject({ 'ask.json': ask, 'handbook.md': 'Lunch is at noon.' });
    const text = `At noon.\n${'x'.repeat(1_990)}`;
    const model = await playModel([answer('when is lunch', text)]);
    const { code, stdout } = await call(cwd, 'when is lunch', model.environment);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${text}\n` });
    expect(stdout.trimEnd().length).toBeLessThanOrEqual(2_000);
    await expectSoundPlan(cwd, 'ask.json');
  });

  test('when a question stays open then it exits 8 and standard output is empty', async () => {
    const cwd = makeProject({ 'ask.json': ask, 'a/handbook.md': 'A', 'b/handbook.md': 'B' });
    const { code, stdout, stderr } = await call(cwd, 'when is lunch', {});
    expect({ code, stdout }).toEqual({ code: 8, stdout: '' });
    expect(stderr).toContain(`portia resume ${runIds(cwd)[0]} --answer filename=a/handbook.md`);
  });

  test('when a step fails then it exits 1 and standard output is empty', async () => {
    const cwd = makeProject({ 'ask.json': ask });
    const { code, stdout, stderr } = await call(cwd, 'when is lunch', {});
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('no file called "handbook.md"');
  });

  test('when five calls run at once then each gets its own answer and its own run', async () => {
    const cwd = makeProject({ 'ask.json': ask, 'handbook.md': 'Lunch is at noon.' });
    const questions = [1, 2, 3, 4, 5].map((number) => `question ${number}`);
    const model = await playModel(questions.map((question) => answer(question, `The answer to ${question}`)));
    const ended = await Promise.all(questions.map((question) => call(cwd, question, model.environment)));
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      questions.map((question) => ({ code: 0, stdout: `The answer to ${question}\n` })),
    );
    const runs = runIds(cwd).map((id) => readRun(cwd, id));
    expect(runs).toHaveLength(5);
    for (const run of runs) expect(run).toMatchObject({ state: 'COMPLETE', plan_id: ask.id, usage: { calls: 1 } });
    expect(runs.map((run) => run.plan_run_inputs['$question']?.['value']).sort()).toEqual(questions);
  });
});
