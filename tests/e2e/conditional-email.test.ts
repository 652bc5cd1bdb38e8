import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import type { ScriptEntry } from '../support/model-server.js';
import { expectSoundPlan, playModel, readEvents, story } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';
import { portiaHere } from '../support/portia-here.js';

const PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000003';
const EXPRESSION = '$count($spacex_news_results) >= 3';
const SENTENCE = 'There are at least 3 articles in $spacex_news_results.';

const articles = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `Launch ${index + 1}` }));

const emailTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const sendEmail = defineTool({
  id: 'send_email',
  name: 'Send e-mail',
  description: 'Sends an e-mail.',
  effect: 'once',
  args: z.object({ to: z.string(), subject: z.string(), body: z.string() }),
  run(context, mail) {
    appendFileSync(context.environment.projectRoot + '/sent.ndjson', JSON.stringify(mail) + '\\n');
    return 'sent';
  },
});
`;

function spacexProject(guard: { when: string } | { condition: string }): string {
  return makeToolProject(emailTool, {
    'four.json': articles(4),
    'two.json': articles(2),
    'spacex.json': {
      id: PLAN_ID,
      plan_context: {
        query: 'Mail me the SpaceX news if there are at least 3 articles.',
        tool_ids: ['search_tool', 'send_email'],
      },
      steps: [
        { kind: 'tool', tool_id: 'search_tool', args: { search_query: 'SpaceX' }, output: '$spacex_news_results' },
        {
          kind: 'llm',
          task: 'Summarise it.',
          inputs: [{ name: '$spacex_news_results' }],
          output: '$summary',
          ...guard,
        },
        {
          kind: 'tool',
          tool_id: 'send_email',
          args: { to: 'ada@example.com', subject: 'SpaceX news', body: '{{ $summary }}' },
          output: '$email',
          ...guard,
        },
      ],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

const run = (cwd: string, stub: string, env: Record<string, string>) =>
  portiaHere(['run-plan', 'spacex.json', '--stub', `search_tool=@${stub}`, '--approve', 'send_email'], { cwd, env });

const summary: ScriptEntry = { match: /Task: Summarise it\.[\s\S]*Launch 4/, reply: { text: 'Four launches.' } };
const judgement = (task: RegExp, outcome: string): ScriptEntry => ({
  match: task,
  reply: { json: { outcome, reason: `The list decides: ${outcome}.` } },
});

function expectSent(cwd: string, stdout: string): Run {
  const sent = readFileSync(join(cwd, 'sent.ndjson'), 'utf8').trimEnd().split('\n');
  expect(sent.map((line) => JSON.parse(line) as unknown)).toEqual([
    { to: 'ada@example.com', subject: 'SpaceX news', body: 'Four launches.' },
  ]);
  const finished = JSON.parse(stdout) as Run;
  expect(finished).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 'sent' } } });
  return finished;
}

function expectSkipped(cwd: string, stdout: string, reason: string): Run {
  expect(existsSync(join(cwd, 'sent.ndjson'))).toBe(false);
  const finished = JSON.parse(stdout) as Run;
  expect(finished).toMatchObject({ state: 'COMPLETE', current_step_index: 2 });
  expect(finished.steps.map((step) => [step.path, step.status, step.reason])).toEqual([
    ['0', 'completed', undefined],
    ['1', 'skipped', reason],
    ['2', 'skipped', reason],
  ]);
  expect(Object.keys(finished.outputs.step_outputs)).toEqual(['$spacex_news_results']);
  return finished;
}

describe('an e-mail only when there is enough news, decided by an expression', () => {
  test('when there are 4 articles then the e-mail is sent once, and only the summary costs a model call', async () => {
    const cwd = spacexProject({ when: EXPRESSION });
    const model = await playModel([summary]);
    const { code, stdout, stderr } = await run(cwd, 'four.json', model.environment);
    expect(code).toBe(0);
    expect(expectSent(cwd, stdout).usage.calls).toBe(1);
    expect(stderr).toMatch(/3 ✔ send_email/);
    await expectSoundPlan(cwd, PLAN_ID);
  });

  test('when there are 2 articles then both steps are skipped with the reason, without any model', async () => {
    const cwd = spacexProject({ when: EXPRESSION });
    const { code, stdout, stderr } = await run(cwd, 'two.json', {});
    expect(code).toBe(0);
    const finished = expectSkipped(cwd, stdout, `${EXPRESSION} is false`);
    expect(finished.usage.calls).toBe(0);
    expect(stderr.match(/skipped: /g)).toHaveLength(2);
    expect(story(cwd, finished.id)).toEqual([
      'run.created',
      'run.started',
      'step.started 0',
      'tool.started 0',
      'tool.finished 0',
      'step.completed 0',
      ...['1', '2'].flatMap((path) => [`step.started ${path}`, `condition.evaluated ${path}`, `step.skipped ${path}`]),
      'run.completed',
    ]);
  });
});

describe('the same, decided by a sentence', () => {
  const judges = (outcome: string) => [
    judgement(/at least 3 articles[\s\S]*Summarise it/, outcome),
    judgement(/at least 3 articles/, outcome),
  ];

  test('when the model says continue then the e-mail is sent once, and each sentence costs one call', async () => {
    const cwd = spacexProject({ condition: SENTENCE });
    const model = await playModel([...judges('continue'), summary]);
    const { code, stdout } = await run(cwd, 'four.json', model.environment);
    expect(code).toBe(0);
    const finished = expectSent(cwd, stdout);
    expect(finished.usage.calls).toBe(3);
    const roles = readEvents(cwd, finished.id).flatMap((event) => (event.type === 'model.started' ? [event.role] : []));
    expect(roles).toEqual(['introspection', 'execution', 'introspection']);
    await expectSoundPlan(cwd, PLAN_ID);
  });

  test('when the model says skip then both steps are skipped with its reason', async () => {
    const cwd = spacexProject({ condition: SENTENCE });
    const model = await playModel(judges('skip'));
    const { code, stdout } = await run(cwd, 'two.json', model.environment);
    expect(code).toBe(0);
    expectSkipped(cwd, stdout, 'The list decides: skip.');
  });

  test('when the model says complete then the run ends there, complete, with what it has', async () => {
    const cwd = spacexProject({ condition: SENTENCE });
    const model = await playModel(judges('complete').slice(0, 1));
    const { code, stdout } = await run(cwd, 'two.json', model.environment);
    expect(code).toBe(0);
    const finished = JSON.parse(stdout) as Run;
    expect(finished).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: articles(2) } } });
    expect(story(cwd, finished.id).slice(-3)).toEqual(['condition.evaluated 1', 'step.skipped 1', 'run.completed']);
    expect(existsSync(join(cwd, 'sent.ndjson'))).toBe(false);
  });

  test('when the introspection model is another one then it judges, and the execution model works', async () => {
    const cwd = spacexProject({ condition: SENTENCE });
    const judge = await playModel(judges('skip'));
    const args = ['--introspection-model', 'openai/judge-1', '--execution-model', 'openai/worker-1'];
    const { code } = await portiaHere(['run-plan', 'spacex.json', '--stub', 'search_tool=@two.json', ...args], {
      cwd,
      env: judge.environment,
    });
    expect(code).toBe(0);
    expect(judge.requests.map((request) => request.model)).toEqual(['judge-1', 'judge-1']);
  });
});
