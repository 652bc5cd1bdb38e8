import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { makeToolProject } from '../support/tool-project.js';
import {
  countOpenRuns,
  crashServer,
  Crew,
  faultsOfLogs,
  LEDGER_TOOLS,
  ledgerOf,
  Person,
  resultsByInput,
} from './worker-crew.js';

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
    const batch = Array.from({ length: RUNS }, (_, index) => `${JSON.stringify({ n: index + 1 })}\n`).join('');
    const cwd = makeToolProject(LEDGER_TOOLS, { 'plan.json': PLAN, 'lines.ndjson': batch, 'ledger.ndjson': '' });
    const place = { cwd, env: { PORTIA_STORE: url }, schema };
    const submitted = await portiaHere(['run-plan', 'plan.json', '--batch', 'lines.ndjson', '--queue'], place);
    expect(submitted.code).toBe(0);

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

    const ledger = ledgerOf(cwd);
    const sent = ledger.filter(({ id }) => id === 'send_tool');
    const wanted = Array.from({ length: RUNS }, (_, index) => index + 1);
    expect(sent.map(({ n }) => n).sort((a, b) => a - b)).toEqual(wanted);
    const stamps = ledger.filter(({ id }) => id === 'stamp_tool');
    expect(new Set(stamps.map(({ key }) => key)).size).toBe(RUNS);
    expect(await resultsByInput(schema)).toEqual(new Map(wanted.map((n) => [n, `go ${n * 20}`])));
    expect(await faultsOfLogs(schema)).toEqual([]);
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
