import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { countOpenRuns, crashServer, Crew, expectAllDone, Person, queueRuns } from './worker-crew.js';

const [RUNS, WORKERS, KILLS] = [40, 4, 10];

const call = (tool_id: string, n: string, output: string) => ({ kind: 'tool', tool_id, args: { n }, output });

const PLAN = {
  plan_context: { query: 'send with a person and much trouble', tool_ids: ['read_tool', 'send_tool', 'stamp_tool'] },
  plan_inputs: [{ name: '$n', schema: { type: 'number' } }],
  steps: [
    call('read_tool', '{{ $n }}', '$read'),
    call('stamp_tool', '{{ $read }}', '$stamped'),
    { kind: 'user_input', message: 'May it go?', output: '$word' },
    call('send_tool', '{{ $read }}', '$sent'),
    { kind: 'compute', expression: '$word & " " & $string($sent + $stamped)', output: '$end' },
  ],
};

describe.runIf(HAS_POSTGRES)('workers on PostgreSQL', () => {
  test(`when ${WORKERS} workers continue ${RUNS} runs, ${KILLS} of them are killed and the server is restarted, then every run is complete and nothing is done twice`, async () => {
    const { url, schema } = await newStoreUrl();
    const place = await queueRuns(PLAN, { runs: RUNS, schema, env: { PORTIA_STORE: url } });

    const crew = new Crew(place, ['--jobs', '4', '--approve', '*']);
    onTestFinished(() => crew.end());
    for (let index = 0; index < WORKERS; index += 1) crew.start();
    const person = new Person(place, () => 'word=go');
    const trouble = makeTrouble(crew);
    for (let round = 0; (await countOpenRuns(schema)) > 0; round += 1) {
      await person.answerAll();
      await sleep(200);
      if (round > 500) throw new Error(`${await countOpenRuns(schema)} runs are not complete`);
    }
    await trouble;
    expect(crew.kills).toBe(KILLS);
    await expectAllDone(place, RUNS, (n) => `go ${n * 20}`);
  });
});

/** Kills workers, and in the middle of that the server. */
async function makeTrouble(crew: Crew): Promise<void> {
  while (crew.kills < KILLS) {
    await sleep(700);
    crew.killOne();
    if (crew.kills === KILLS / 2) await crashServer();
  }
}
