import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startJsonServer, type Answer } from './json-server.js';
import { portiaHere } from './portia-here.js';
import { makeProject } from './portia.js';

/** A plan that asks. */
export const ASK = {
  plan_context: { query: 'Book a hotel', tool_ids: [] },
  steps: [{ kind: 'user_input', message: 'Which city?', output: '$city' }],
};
const FAIL = {
  plan_context: { query: 'Fail', tool_ids: [] },
  steps: [{ kind: 'exit', message: 'No room.', error: true }],
};

/** A project whose settings name these targets. */
export const project = (notify: object): string =>
  makeProject({ 'portia.json': { notify }, 'ask.json': ASK, 'fail.json': FAIL });

export const RUN = ['run-plan', 'ask.json'];
/** The notices that were not sent. */
export const unsentIn = async (cwd: string, env = {}) =>
  JSON.parse((await portiaHere(['notify', '--json'], { cwd, env })).stdout).unsent;

/** A server that takes notices. */
export const taking = async (answer: () => Answer = () => ({ body: 'ok' })) => startJsonServer(answer);

/** As if the time had passed. */
export function makeDue(cwd: string): void {
  const folder = join(cwd, 'runs', 'notices');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
    const notice = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const past = '2020-01-01T00:00:00.000Z';
    writeFileSync(join(folder, name), JSON.stringify({ ...notice, due_at: past, ready_at: past }));
  }
}
