import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import type { ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, playModel, readEvents, readPlan, readRun, runIds, story } from '../support/scenario.js';
import { sendJson, startServer } from '../tools/local-server.js';

const QUERY = 'Which stock price grew faster in 2024, Amazon or Google?';
const ANSWER = 'Amazon grew faster: 52% against 35.5%.';

const search = (company: string, output: string) => ({
  task: `Search for the growth of ${company}'s stock price in 2024.`,
  inputs: [],
  tool_id: 'search_tool',
  output,
  condition: null,
  when: null,
});
const plannedSteps = [
  search('Amazon', '$amazon_stock_growth'),
  search('Google', '$google_stock_growth'),
  {
    task: 'Compare the growth of the two.',
    inputs: [
      { name: '$amazon_stock_growth', description: "Amazon's growth" },
      { name: '$google_stock_growth', description: "Google's growth" },
    ],
    tool_id: 'llm_tool',
    output: '$stock_growth_comparison',
    condition: null,
    when: null,
  },
];

const searchCall = (company: string): ScriptEntry => ({
  match: new RegExp(`Task: Search for the growth of ${company}'s`),
  reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: `${company} stock 2024` } }] },
});
const oneRun: ScriptEntry[] = [
  searchCall('Amazon'),
  searchCall('Google'),
  { match: /Task: Compare the growth[\s\S]*52%[\s\S]*35\.5%/, reply: { text: ANSWER } },
];

/** A search service that knows two companies. */
async function startSearch(): Promise<{ env: Record<string, string>; queries: string[] }> {
  const queries: string[] = [];
  const server = await startServer((request, response) => {
    const { query } = JSON.parse(request.body) as { query: string };
    queries.push(query);
    const growth = new Map([
      ['Amazon stock 2024', '52%'],
      ['Google stock 2024', '35.5%'],
    ]).get(query);
    if (growth === undefined) sendJson(response, { error: 'unexpected' }, 400);
    else sendJson(response, { answer: `It grew by ${growth}.`, results: [] });
  });
  onTestFinished(server.close);
  return { env: { TAVILY_API_KEY: 'tvly-test', TAVILY_BASE_URL: server.url }, queries };
}

describe('two searches and a comparison', () => {
  test('when the plan goes through a file then it runs, twice, as two runs of the same plan', async () => {
    const cwd = makeProject();
    const model = await playModel([
      { match: /^You are a planner/, reply: { json: { steps: plannedSteps, error: null } } },
      ...oneRun,
      ...oneRun,
    ]);
    const { env: searchEnv, queries } = await startSearch();
    const env = { ...model.environment, ...searchEnv };

    const planned = await portiaHere(['plan', QUERY], { cwd, env });
    expect(planned.code).toBe(0);
    expect(model.requests).toHaveLength(1);
    writeFileSync(join(cwd, 'plan.json'), planned.stdout);
    const plan = JSON.parse(planned.stdout) as Plan;
    expect(plan.plan_context.query).toBe(QUERY);
    expect(plan.steps).toHaveLength(3);
    expect(plan.steps[2]).toMatchObject({
      inputs: [{ name: '$amazon_stock_growth' }, { name: '$google_stock_growth' }],
    });
    expect(readPlan(cwd, plan.id)).toEqual(plan);
    expect(planned.stderr).toContain(`Next  portia run-plan ${plan.id}`);
    await expectSoundPlan(cwd, 'plan.json', { env });

    const ran = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    expect(ran.code).toBe(0);
    const run = JSON.parse(ran.stdout) as Run;
    expectComparison(run, plan.id);
    expect(readRun(cwd, run.id)).toMatchObject(run);
    expect(queries.toSorted()).toEqual(['Amazon stock 2024', 'Google stock 2024']);

    const again = JSON.parse((await portiaHere(['run-plan', plan.id], { cwd, env })).stdout) as Run;
    expect(again.id).not.toBe(run.id);
    expectComparison(again, plan.id);
    expect(runIds(cwd)).toEqual([run.id, again.id]);

    const shown = await portiaHere(['show', run.id], { cwd });
    expect(JSON.parse(shown.stdout)).toMatchObject(run);
    expectOrder(cwd, run.id);
  });

  test('when the plan is piped then it runs, and the value alone can be printed', async () => {
    const cwd = makeProject();
    const model = await playModel([
      { match: /^You are a planner/, reply: { json: { steps: plannedSteps, error: null } } },
      ...oneRun,
    ]);
    const env = { ...model.environment, ...(await startSearch()).env };
    const planned = await portiaHere(['plan'], { cwd, env, input: `${QUERY}\n` });
    const ran = await portiaHere(['run-plan', '-', '--format', 'value'], { cwd, env, input: planned.stdout });
    expect(ran).toMatchObject({ code: 0, stdout: `${ANSWER}\n` });
    expect(model.requests).toHaveLength(4);
  });
});

function expectComparison(run: Run, planId: string): void {
  expect(run).toMatchObject({ state: 'COMPLETE', plan_id: planId, current_step_index: 2, usage: { calls: 3 } });
  expect(Object.keys(run.outputs.step_outputs)).toEqual([
    '$amazon_stock_growth',
    '$google_stock_growth',
    '$stock_growth_comparison',
  ]);
  expect(run.outputs.step_outputs['$amazon_stock_growth']).toMatchObject({ value: { answer: 'It grew by 52%.' } });
  expect(run.outputs.final_output).toEqual({ value: ANSWER, summary: null });
}

/** The searches may overlap; the comparison begins when both are done. */
function expectOrder(cwd: string, runId: string): void {
  const seqOf = (type: string, path: string) =>
    readEvents(cwd, runId).find((event) => event.type === type && 'path' in event && event.path === path)?.seq ?? -1;
  const comparison = seqOf('step.started', '2');
  expect(comparison).toBeGreaterThan(seqOf('step.completed', '0'));
  expect(comparison).toBeGreaterThan(seqOf('step.completed', '1'));
  const told = story(cwd, runId);
  expect(told.filter((line) => line.startsWith('model.started'))).toHaveLength(3);
  expect(told.filter((line) => line.startsWith('tool.started'))).toEqual(['tool.started 0', 'tool.started 1']);
  expect(told.slice(0, 2)).toEqual(['run.created', 'run.started']);
  expect(told.at(-1)).toBe('run.completed');
}
