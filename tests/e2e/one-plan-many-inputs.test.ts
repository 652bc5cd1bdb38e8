import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import type { ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectSoundPlan, openPortia, playModel, printedError, runIds, story } from '../support/scenario.js';
import { sendJson, startServer, type LocalServer } from '../tools/local-server.js';

const PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000005';
const TEMPERATURES = new Map([
  ['London', 11.5],
  ['Oslo', -3],
]);

/** The two services of Open-Meteo, for the cities that are known here. */
async function startWeather(): Promise<LocalServer> {
  const server = await startServer(({ url }, response) => {
    const city = url.searchParams.get('name');
    const known = [...TEMPERATURES.keys()].indexOf(city ?? '');
    if (url.pathname === '/v1/search') {
      sendJson(response, known < 0 ? {} : { results: [{ name: city, latitude: known, longitude: 0 }] });
    } else {
      const temperature = [...TEMPERATURES.values()][Number(url.searchParams.get('latitude'))];
      sendJson(response, { current: { time: '2026-11-23T10:00', temperature_2m: temperature, weather_code: 3 } });
    }
  });
  onTestFinished(server.close);
  return server;
}

function cityProject(weatherUrl: string): string {
  return makeProject({
    'portia.json': {
      tools: { settings: { weather_tool: { base_url: weatherUrl, geocoding_base_url: weatherUrl } } },
    },
    'city.json': {
      id: PLAN_ID,
      plan_context: { query: 'How is the weather in the city?', tool_ids: ['weather_tool'] },
      steps: [
        {
          task: 'Get the weather of the city.',
          inputs: [{ name: '$city', description: 'the city' }],
          tool_id: 'weather_tool',
          output: '$weather',
        },
      ],
      plan_inputs: [{ name: '$city', description: 'the city to look up' }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

const weatherCall = (city: string): ScriptEntry => ({
  match: new RegExp(`Task: Get the weather of the city[\\s\\S]*${city}`),
  reply: { toolCalls: [{ name: 'weather_tool', arguments: { city } }] },
});

describe('one plan, many inputs', () => {
  test('when the input is not given then it exits 2, names the flag, and no run begins', async () => {
    const cwd = cityProject('http://127.0.0.1:1');
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'city.json'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const error = printedError(stderr);
    expect(error).toMatchObject({ code: 'missing-input', exit_code: 2 });
    expect(error['fix']).toContain('-i city=');
    expect(() => runIds(cwd)).toThrow('ENOENT');
    await expectSoundPlan(cwd, 'city.json');
  });

  test('when the input is given then the weather of that city comes out', async () => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    const model = await playModel([weatherCall('London')]);
    const { code, stdout } = await portiaHere(['run-plan', 'city.json', '-i', 'city=London'], {
      cwd,
      env: model.environment,
    });
    expect(code).toBe(0);
    const run = JSON.parse(stdout) as Run;
    expect(run).toMatchObject({
      plan_id: PLAN_ID,
      plan_run_inputs: { $city: { value: 'London' } },
      usage: { calls: 1 },
    });
    expect(run.outputs.final_output).toMatchObject({
      value: { city: 'London', description: 'overcast', temperature_celsius: 11.5 },
    });
    expect(weather.requests.map(({ url }) => url.pathname)).toEqual(['/v1/search', '/v1/forecast']);
    expect(story(cwd, run.id)).toEqual([
      'run.created',
      'run.started',
      'step.started 0',
      'model.started 0',
      'model.finished 0',
      'tool.started 0',
      'tool.finished 0',
      'step.completed 0',
      'run.completed',
    ]);
  });

  test.each([
    { flags: ['--inputs', 'inputs.json'], how: 'a file' },
    { flags: ['-i', 'city:="Oslo"'], how: 'JSON' },
    { flags: ['-i', 'city=@city.txt'], how: 'the text of a file' },
  ])('when the input is given as $how then it is the same value', async ({ flags }) => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    writeFileSync(join(cwd, 'inputs.json'), '{"city":"Oslo"}');
    writeFileSync(join(cwd, 'city.txt'), 'Oslo');
    const model = await playModel([weatherCall('Oslo')]);
    const ran = await portiaHere(['run-plan', 'city.json', ...flags], { cwd, env: model.environment });
    expect(ran.code).toBe(0);
    expect((JSON.parse(ran.stdout) as Run).outputs.final_output).toMatchObject({ value: { temperature_celsius: -3 } });
  });

  test('when a person is there then the input is asked for', async () => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    const model = await playModel([weatherCall('London')]);
    const terminal = openPortia(['run-plan', 'city.json'], { cwd, env: model.environment });
    await terminal.waitFor('city: the city to look up');
    terminal.type('London');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain('"temperature_celsius": 11.5');
  });

  test('when an input is not one of the plan then nothing is run', async () => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    const model = await playModel([]);
    const args = ['run-plan', 'city.json', '-i', 'city=London', '-i', 'town=Paris'];
    const { code, stderr } = await portiaHere(args, { cwd, env: model.environment });
    expect(code).toBe(2);
    expect(printedError(stderr)['why']).toContain('The plan has no input "town"; it takes city');
  });

  test('when the tool knows no such city then the run fails with its words and exits 1', async () => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    const model = await playModel([weatherCall('Atlantis')]);
    const ran = await portiaHere(['run-plan', 'city.json', '-i', 'city=Atlantis'], { cwd, env: model.environment });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', step: '0' } });
    expect(printedError(ran.stderr)['message']).toContain('knows no city called "Atlantis"');
  });

  test('when there is a line for each city then one that fails does not stop the others, and the order is theirs', async () => {
    const weather = await startWeather();
    const cwd = cityProject(weather.url);
    writeFileSync(join(cwd, 'cities.ndjson'), '{"city":"London"}\n{"city":"Atlantis"}\n{"city":"Oslo"}\n');
    const model = await playModel(['London', 'Atlantis', 'Oslo'].map(weatherCall));
    const { code, stdout, stderr } = await portiaHere(
      ['run-plan', 'city.json', '--batch', 'cities.ndjson', '--jobs', '2', '--format', 'ndjson'],
      { cwd, env: model.environment },
    );
    expect(code).toBe(1);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(results).toMatchObject([
      { type: 'run.result', line: 1, state: 'COMPLETE', final_output: { value: { city: 'London' } }, exit_code: 0 },
      {
        type: 'run.result',
        line: 2,
        state: 'FAILED',
        final_output: null,
        exit_code: 1,
        error: { code: 'tool-failed' },
      },
      { type: 'run.result', line: 3, state: 'COMPLETE', final_output: { value: { city: 'Oslo' } }, exit_code: 0 },
    ]);
    expect(results.map(({ run_id }) => run_id).sort()).toEqual(runIds(cwd));
    expect(stderr).toContain(`3 lines: 2 complete, 1 failed\n   portia resume ${String(results[1]?.['run_id'])} `);
  });
});
