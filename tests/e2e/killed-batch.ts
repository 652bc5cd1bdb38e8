import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf, type Effect } from '../support/crashed-project.js';
import { finishRun } from '../support/finish-run.js';
import { untilNobodyWorksIn } from '../support/left-processes.js';
import { promptOf, startModelServer } from '../support/model-server.js';
import { ended, portia, startPortia } from '../support/portia.js';
import { loggedRunIds, readEvents } from '../support/scenario.js';
import { storedIn } from '../support/tested-store.js';
import { APPROVED, outreachProject } from './outreach-project.js';

const NAMES = ['ada', 'bob', 'cy'];
const batchOf = (file: string): string[] => ['run-plan', 'invite.json', '--batch', file, '--jobs', '2', ...APPROVED];

/**
 * Kills a batch of invitations once it has told of so many events, resumes the runs that it had begun, and runs the lines
 * that it had not. Gives whom the model was asked about, and who was invited.
 */
export async function killBatch(lines: number) {
  const cwd = outreachProject();
  const model = await startModelServer((body) => {
    const isBob = promptOf(body).includes('people.example/bob');
    return { json: { class: isBob ? 'PASS' : 'CONNECT', message: 'Dear you' } };
  });
  const env = model.environment;
  await killAfterEvents(lines, cwd, env);
  await untilNobodyWorksIn(cwd);
  const begun = existsSync(join(storedIn(cwd), 'runs'))
    ? loggedRunIds(cwd).filter((id) => readEvents(cwd, id).length > 0)
    : [];
  const states = [];
  const profiles = new Set<unknown>();
  for (const id of begun) {
    const end = await finishRun(cwd, id, { env, flags: APPROVED });
    const run = JSON.parse(end.stdout) as Run;
    states.push(run.state);
    profiles.add(run.plan_run_inputs['$profile']?.value);
  }
  const left = NAMES.map((name) => `https://people.example/${name}`).filter((profile) => !profiles.has(profile));
  if (left.length > 0) {
    writeFileSync(join(cwd, 'left.ndjson'), left.map((profile) => `${JSON.stringify({ profile })}\n`).join(''));
    expect(await portia(batchOf('left.ndjson'), { cwd, env })).toMatchObject({ code: 0 });
  }
  await model.close();
  const invited = effectsOf<Effect & { profile: string }>(cwd).map(({ profile }) => profile.split('/').at(-1));
  return { states: new Set(states), invited: invited.toSorted() };
}

/** Each event is a line of standard error. */
async function killAfterEvents(lines: number, cwd: string, env: Record<string, string>): Promise<void> {
  const child = startPortia([...batchOf('profiles.ndjson'), '--verbose'], { cwd, env });
  let seen = 0;
  child.stderr?.on('data', (text: Buffer) => {
    seen += text.toString().split('\n').length - 1;
    if (seen >= lines) child.kill('SIGKILL');
  });
  await ended(child, '');
}
