import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf, type Effect } from '../support/crashed-project.js';
import { finishRun } from '../support/finish-run.js';
import { killAfter } from '../support/kill-everywhere.js';
import { promptOf, startModelServer, type ChatRequestBody, type ScriptedReply } from '../support/model-server.js';
import { ended, portia, startPortia, type Ended } from '../support/portia.js';
import { loggedRunIds, planIds } from '../support/scenario.js';
import { APPROVE, modelScript, newProject } from './kill-project.js';

const REQUEST = ['run', 'Look, write, send and stamp.', '--yes', ...APPROVE];
const PLANNER = /^You are a planner/;

/** A project, and a model that plans it and does its steps, as often as it is asked. */
async function requestedProject(onPlanning: () => void = () => undefined) {
  const folder = newProject();
  const { steps } = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { steps: object[] };
  let planned = 0;
  const answer = (body: ChatRequestBody): ScriptedReply => {
    const prompt = promptOf(body);
    if (PLANNER.test(prompt)) {
      planned += 1;
      onPlanning();
      return { json: { steps, error: null } };
    }
    const entry = modelScript().find(({ match }) => match instanceof RegExp && match.test(prompt));
    return entry?.reply ?? { status: 400, message: 'the test expected no such request' };
  };
  const model = await startModelServer(answer);
  return { folder, env: model.environment, planned: () => planned, close: async () => model.close() };
}

/** What is left by a request that nothing disturbed, or after a kill. */
function whatIsLeft(folder: string, { stdout }: Ended) {
  const { state, outputs } = JSON.parse(stdout) as Run;
  const done = effectsOf<Effect & { id: string }>(folder);
  // The others read, or may be repeated with the same key.
  expect(done.filter(({ id }) => id === 'send')).toHaveLength(1);
  const tools = [...new Map(done.map(({ key, ...others }) => [key, others])).values()];
  return { state, output: outputs.final_output, tools };
}

export async function runRequest() {
  const { folder, env, close } = await requestedProject();
  const end = await portia([...REQUEST, '--json'], { cwd: folder, env });
  await close();
  expect({ code: end.code, plans: planIds(folder).length }).toEqual({ code: 0, plans: 1 });
  return whatIsLeft(folder, end);
}

/**
 * Kills `portia run` once it has printed so many lines of its events (0: while it plans), and continues the run, or asks
 * again where there is none. What has acted before a kill may only be read again.
 */
export async function killRequest(lines: number) {
  const isPlanning = lines === 0;
  const kill = { planning: () => undefined as unknown };
  const { folder, env, planned, close } = await requestedProject(() => kill.planning());
  if (isPlanning) {
    const child = startPortia([...REQUEST, '--json'], { cwd: folder, env });
    kill.planning = () => child.kill('SIGKILL');
    expect((await ended(child, '')).signal).toBe('SIGKILL');
    kill.planning = () => undefined;
  } else await killAfter(lines, folder, { args: REQUEST, env });
  const id = begunRun(folder);
  if (id === undefined) expect(existsSync(join(folder, 'effects.log'))).toBe(false);
  const end =
    id === undefined
      ? await portia([...REQUEST, '--json'], { cwd: folder, env })
      : await finishRun(folder, id, { env, flags: APPROVE, portia });
  await close();
  const wasBegun = id !== undefined;
  expect({ lines, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ lines, code: 0, stderr: '' });
  expect({ lines, wasBegun, runs: loggedRunIds(folder).filter(isWritten(folder)).length }).toEqual({
    lines,
    wasBegun,
    runs: 1,
  });
  expect({ lines, wasBegun, planned: planned() }).toEqual({ lines, wasBegun, planned: wasBegun ? 1 : 2 });
  return whatIsLeft(folder, end);
}

const isWritten =
  (folder: string) =>
  (id: string): boolean =>
    readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8') !== '';

function begunRun(folder: string): string | undefined {
  return existsSync(join(folder, 'runs')) ? loggedRunIds(folder).find(isWritten(folder)) : undefined;
}
