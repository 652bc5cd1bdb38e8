import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

import { createCallProcesses } from '../../src/app/call-processes.js';
import { processesOfGroup, untilGroupIsGone } from '../support/process-groups.js';

const processes = createCallProcesses({ pid: process.pid, kill: process.kill.bind(process), environment: {} });

/** A process group that ignores what it is told; gives its id once it does. */
async function startStubborn(): Promise<number> {
  const child = spawn('sh', ['-c', `trap '' TERM; (trap '' TERM; sleep 60) & echo ready; sleep 60; sleep 60`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const group = child.pid ?? 0;
  onTestFinished(async () => {
    if (processesOfGroup(group).length > 0) process.kill(-group, 'SIGKILL');
    await untilGroupIsGone(group);
  });
  await once(child.stdout, 'data');
  return group;
}

test('when a process of an earlier call still runs then it is ended with all that it started', async () => {
  const group = await startStubborn();
  await processes.end(processes.identify(group));
  await untilGroupIsGone(group);
});

test.each([
  ['another process has its number', { start: '1' }],
  ['the machine was started again', { boot: 'before' }],
  ['its number is one of another namespace', { namespace: 'pid:[1]' }],
  ['nothing says when it was started', { start: '' }],
])('when %s then nothing is ended', async (_case, other) => {
  const group = await startStubborn();
  await processes.end({ ...processes.identify(group), ...other });
  expect(processesOfGroup(group).length).toBeGreaterThan(0);
});
