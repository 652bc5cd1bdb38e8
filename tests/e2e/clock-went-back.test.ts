import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';

/** Moves the clock of the process by $HOURS. */
const CLOCK = `
const ms = Number(process.env.HOURS) * 3_600_000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(RealDate.now() + ms);
  }
  static now() {
    return RealDate.now() + ms;
  }
};
`;

test('when the clock went back then runs and plans are in the sequence in which they were made', async () => {
  const cwd = makeProject({ 'clock.mjs': CLOCK });
  const call = (hours: number, ...args: string[]) =>
    portia(args, {
      cwd,
      env: { HOURS: String(hours), NODE_OPTIONS: `--import ${pathToFileURL(join(cwd, 'clock.mjs')).href}` },
    });
  const made: { id: string; plan_id: string; metadata: { created_at: string } }[] = [];
  for (const [index, hours] of [0, -2, -1].entries()) {
    const started = await call(hours, 'run', `add 1 + ${index}`, '--yes', '--json');
    made.push(JSON.parse(started.stdout) as (typeof made)[number]);
  }
  const times = made.map(({ metadata }) => metadata.created_at);
  expect(times.toSorted()).toEqual([times[1], times[2], times[0]]);
  const listed = async (kind: string) =>
    (JSON.parse((await call(0, 'list', kind, '--json')).stdout) as { id: string }[]).map(({ id }) => id);
  expect(await listed('runs')).toEqual(made.map(({ id }) => id).toReversed());
  expect(await listed('plans')).toEqual(made.map(({ plan_id }) => plan_id).toReversed());
  expect(JSON.parse((await call(0, 'show', 'last', '--json')).stdout)).toMatchObject({ id: made[2]?.id });
});
