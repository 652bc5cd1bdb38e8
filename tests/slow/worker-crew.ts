import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, inject } from 'vitest';

import type { Clarification } from '../../src/domain/run/clarification.js';
import { askServer } from '../support/ask-server.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, startPortia } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';

/** A shell command that restarts the server as a crash would. */
const RESTART = process.env['PORTIA_TEST_POSTGRES_RESTART'];

/** `send_tool` (once) and `stamp_tool` (idempotent) leave a line in the ledger, which is outside of the store. */
const LEDGER_TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';

const args = z.object({ n: z.number() });
const acting = (id, effect) =>
  defineTool({
    id, name: id, description: 'Leaves a line.', effect, args,
    async run({ environment, idempotencyKey }, { n }) {
      await sleep(20 + 60 * Math.random());
      appendFileSync(join(environment.projectRoot, 'ledger.ndjson'), JSON.stringify({ id, n, key: idempotencyKey }) + '\\n');
      await sleep(20);
      return n * 10;
    },
  });

export const tools = [
  defineTool({ id: 'read_tool', name: 'Read', description: 'Reads.', effect: 'read', args, run: (_context, { n }) => n }),
  acting('send_tool', 'once'),
  acting('stamp_tool', 'idempotent'),
];
`;

interface LedgerLine {
  id: string;
  n: number;
  key: string;
}

function ledgerOf(cwd: string): LedgerLine[] {
  return readFileSync(join(cwd, 'ledger.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): LedgerLine => JSON.parse(line));
}

/** A project whose runs are in a schema of the test's PostgreSQL. */
export interface Place {
  cwd: string;
  env: Record<string, string>;
  schema: string;
}

/** Puts runs of a plan into the queue, whose input `n` is 1 to `runs`. */
export async function queueRuns(
  plan: object,
  { runs, schema, env, files = {} }: Omit<Place, 'cwd'> & { runs: number; files?: Record<string, string | object> },
): Promise<Place> {
  const lines = numbersTo(runs).map((n) => `${JSON.stringify({ n })}\n`);
  const cwd = makeToolProject(LEDGER_TOOLS, {
    'plan.json': plan,
    'lines.ndjson': lines.join(''),
    'ledger.ndjson': '',
    ...files,
  });
  const place = { cwd, env, schema };
  const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--batch', 'lines.ndjson', '--queue'], place);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return place;
}

export const numbersTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Expects that each run is complete and right, and that nothing was done twice. */
export async function expectAllDone(
  { cwd, schema }: Place,
  runs: number,
  resultOf: (n: number) => string,
): Promise<void> {
  const ledger = ledgerOf(cwd);
  const sent = ledger.filter(({ id }) => id === 'send_tool').map(({ n }) => n);
  expect(sent.sort((a, b) => a - b)).toEqual(numbersTo(runs));
  expect(new Set(ledger.filter(({ id }) => id === 'stamp_tool').map(({ key }) => key)).size).toBe(runs);
  expect(await faultsOfLogs(schema)).toEqual([]);
  expect(await resultsByInput(schema)).toEqual(new Map(numbersTo(runs).map((n) => [n, resultOf(n)])));
}

/** Rows of the test's PostgreSQL; a server that is just starting again is asked again. */
export async function rowsOf(statement: string): Promise<Record<string, unknown>[]> {
  for (let tries = 0; ; tries += 1) {
    try {
      return (await askServer(inject('postgres'), statement)) as Record<string, unknown>[];
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(200);
    }
  }
}

export async function countOpenRuns(schema: string): Promise<number> {
  const [row] = await rowsOf(
    `select count(*)::int as open from ${schema}.runs where state <> 'COMPLETE' and not is_part`,
  );
  return Number(row?.['open']);
}

/** What no log may have: numbers that are missing, and steps that were completed twice. */
async function faultsOfLogs(schema: string): Promise<Record<string, unknown>[]> {
  const gaps = await rowsOf(
    `select id as gap from ${schema}.runs r where last_seq <> (select count(*) from ${schema}.events where run_id = r.id)`,
  );
  const twice = await rowsOf(
    `select run_id as twice, line::json ->> 'path' as path from ${schema}.events
     where line::json ->> 'type' = 'step.completed' group by 1, 2 having count(*) > 1`,
  );
  return [...gaps, ...twice];
}

/** The results of the runs that are complete, by the input `n`. */
async function resultsByInput(schema: string): Promise<Map<number, unknown>> {
  const ends = await rowsOf(
    `select (select (line::json -> 'plan_run_inputs' -> '$n' ->> 'value')::int from ${schema}.events
        where run_id = r.id and seq = 1) as n,
       (select line::json -> 'final_output' ->> 'value' from ${schema}.events
        where run_id = r.id and line::json ->> 'type' = 'run.completed') as value
     from ${schema}.runs r where not is_part and state = 'COMPLETE'`,
  );
  return new Map(ends.map(({ n, value }) => [Number(n), value]));
}

export async function crashServer(): Promise<void> {
  if (RESTART === undefined) {
    console.warn('SKIPPED: the restart of the server; PORTIA_TEST_POSTGRES_RESTART is not set.');
    return;
  }
  const restart = spawn('sh', ['-c', RESTART], { stdio: 'ignore' });
  const code = await new Promise((resolve) => restart.on('close', resolve));
  if (code !== 0) throw new Error(`the server was not restarted (${String(code)})`);
}

/** The worker processes: whoever is killed is replaced. */
export class Crew {
  readonly #place: Place;
  readonly #flags: string[];
  readonly #working = new Set<ChildProcess>();
  kills = 0;

  constructor(place: Place, flags: string[]) {
    this.#place = place;
    this.#flags = flags;
  }

  /** @param env what is particular about this one, and about whoever replaces it */
  start(env: Record<string, string> = {}): void {
    const { cwd } = this.#place;
    const child = startPortia(['worker', ...this.#flags], { cwd, env: { ...this.#place.env, ...env } });
    this.#working.add(child);
    void this.#replace(child, env);
  }

  /** One that the server left ends by itself, as a service does, and is started again. */
  async #replace(child: ChildProcess, env: Record<string, string>): Promise<void> {
    const { code, stderr } = await ended(child, '');
    appendFileSync(join(this.#place.cwd, 'workers.log'), `${code} ${stderr}\n`);
    if (this.#working.delete(child)) this.start(env);
  }

  killOne(): void {
    if (this.#any()?.kill('SIGKILL') === true) this.kills += 1;
  }

  /** Freezes one for so long, as a machine that is put to sleep. */
  async freezeOne(ms: number): Promise<void> {
    const frozen = this.#any();
    frozen?.kill('SIGSTOP');
    await sleep(ms);
    frozen?.kill('SIGCONT');
  }

  #any(): ChildProcess | undefined {
    const all = [...this.#working];
    return all[Math.floor(Math.random() * all.length)];
  }

  end(): void {
    const all = [...this.#working];
    this.#working.clear();
    for (const child of all) child.kill('SIGKILL');
  }
}

/** Answers every question that is open, as `answer` says: with a flag of `portia answer`. */
export class Person {
  readonly #place: Place;
  readonly #answer: (question: Clarification, n: number) => string;
  unknownAsked = 0;

  constructor(place: Place, answer: (question: Clarification, n: number) => string) {
    this.#place = place;
    this.#answer = answer;
  }

  async answerAll(): Promise<void> {
    const listed = await portiaHere(['list', '--state', 'NEED_CLARIFICATION', '--limit', '0'], this.#place);
    if (listed.code !== 0) return;
    for (const { id } of JSON.parse(listed.stdout)) await this.#answerRun(id);
  }

  async #answerRun(id: string): Promise<void> {
    const shown = await portiaHere(['show', id], this.#place);
    if (shown.code !== 0) return;
    const { outputs, plan_run_inputs: inputs } = JSON.parse(shown.stdout);
    const n = Number(inputs['$n']?.value ?? inputs['n']?.value);
    for (const question of outputs.clarifications) {
      if (question.resolved) continue;
      // Refused when somebody was faster, when the server is down, and while a frozen worker may still act: the next round
      // answers it.
      const given = await portiaHere(['answer', id, this.#answerTo(question, n)], this.#place);
      if (given.code === 0 && asksForOutcome(question)) this.unknownAsked += 1;
    }
  }

  /** What happened to a call is looked up in the ledger. */
  #answerTo(question: Clarification, n: number): string {
    if (!asksForOutcome(question)) return this.#answer(question, n);
    const happened = ledgerOf(this.#place.cwd).some((line) => line.id === 'send_tool' && line.n === n);
    return happened ? `outcome=happened:=${n * 10}` : 'outcome=not_done';
  }
}

function asksForOutcome(question: Clarification): boolean {
  return 'options' in question && Array.isArray(question.options) && question.options.includes('not_done');
}
