import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { makeDue, project, RUN, taking, unsentIn } from '../support/notice-project.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';

test('when it hangs then a run waits for it for five seconds and no longer, and a worker sends it again', async () => {
  let isHanging = true;
  const ids: unknown[] = [];
  const server = createServer((request, response) => {
    request.resume();
    ids.push(request.headers['webhook-id']);
    if (!isHanging) response.end('ok');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const cwd = project({ hook: { to: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` } });
  const stopped = await portia(RUN, { cwd });
  expect(stopped.code).toBe(8);
  expect(await unsentIn(cwd)).toMatchObject([
    { state: 'due', error: 'this process ended before the target had answered' },
  ]);
  isHanging = false;
  makeDue(cwd);
  await portiaHere(['worker', '--until-idle'], { cwd });
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
  expect(await unsentIn(cwd)).toEqual([]);
});

test('when fifty runs ask within the time of a digest then a worker sends one message', async () => {
  const server = await taking();
  const cwd = project({ hook: { to: server.origin, digest: '1h' } });
  writeFileSync(join(cwd, 'all.ndjson'), '{}\n'.repeat(50));
  await portiaHere([...RUN, '--batch', 'all.ndjson'], { cwd });
  expect(server.asked).toEqual([]);
  makeDue(cwd);
  await portiaHere(['worker', '--until-idle'], { cwd });
  expect(server.asked).toHaveLength(1);
  expect(server.asked[0]?.body).toMatchObject({ id: expect.stringMatching(/^digest-/), items: { length: 50 } });
});
