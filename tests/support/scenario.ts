import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import type { Problem } from '../../src/domain/errors.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import { startModelServer, type ModelServer, type ScriptEntry } from './model-server.js';
import { portiaHere } from './portia-here.js';
import { cleanEnvironment, ended, PORTIA, type Call, type Ended, TESTED_NODE } from './portia.js';
import { fitting } from './published-schemas.js';
import { storedIn } from './tested-store.js';
import { openTerminal, type TestTerminal } from './terminal.js';

/** A model that is held to its script: when the test ends, all of it was asked for, and nothing else. */
export async function playModel(script: ScriptEntry[]): Promise<ModelServer> {
  const server = await startModelServer(script);
  onTestFinished(async () => {
    await server.close();
    expect({ unexpected: server.unexpected, remaining: server.remaining }).toEqual({ unexpected: [], remaining: [] });
  });
  return server;
}

/** The built binary in a pseudo-terminal; ended with the test. With `cols` 0 the terminal does not say how wide it is. */
export function openPortia(
  args: string[],
  { cwd, env = {}, cols = 100 }: { cwd: string; env?: Record<string, string>; cols?: number },
): TestTerminal {
  const command = [TESTED_NODE, PORTIA, ...args];
  // The pseudo-terminal takes no width of 0.
  const [program = '', ...rest] = cols > 0 ? command : ['sh', '-c', 'stty cols 0 && exec "$@"', 'sh', ...command];
  const terminal = openTerminal(program, rest, {
    cwd,
    ...(cols > 0 && { cols }),
    env: cleanEnvironment(cwd, env),
  });
  onTestFinished(() => {
    try {
      terminal.kill('SIGKILL');
    } catch {
      // It has ended by itself, as it should.
    }
  });
  return terminal;
}

const ids = (folder: string, name: 'plans' | 'runs'): string[] =>
  readdirSync(join(storedIn(folder), name))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();

export const planIds = (folder: string): string[] => ids(folder, 'plans');
export const runIds = (folder: string): string[] => ids(folder, 'runs');

/**
 * The runs that have a log: a process that was killed early left its log and no snapshot, or only the folder for both, and
 * one that was killed while it wrote a snapshot left half of that under a name of its own.
 */
export const loggedRunIds = (folder: string): string[] =>
  readdirSync(join(storedIn(folder), 'runs')).filter(
    (name) => /^prun-[^.]+$/.test(name) && existsSync(join(storedIn(folder), 'runs', name, 'events.ndjson')),
  );

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

export const readPlan = (folder: string, id: string): Plan =>
  fitting('plan', readJson(storedIn(folder), 'plans', `${id}.json`)) as Plan;
export const readRun = (folder: string, id: string): Run =>
  fitting('run', readJson(storedIn(folder), 'runs', `${id}.json`)) as Run;

/** The only run of a project. */
export function onlyRun(folder: string): Run {
  const [id = '', ...others] = runIds(folder);
  expect(others).toEqual([]);
  return readRun(folder, id);
}

export function readEvents(folder: string, runId: string): RunEvent[] {
  const lines = readFileSync(join(storedIn(folder), 'runs', runId, 'events.ndjson'), 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => fitting('event', JSON.parse(line)) as RunEvent);
}

/** What happened in a run, in order: `type`, or `type path` for what belongs to a step. */
export function story(folder: string, runId: string): string[] {
  return readEvents(folder, runId).map((event) => ('path' in event ? `${event.type} ${event.path}` : event.type));
}

/** `portia check` has nothing to say about the plan but these warnings. */
export async function expectSoundPlan(
  folder: string,
  plan: string,
  { env = {}, warnings = [] }: { env?: Record<string, string>; warnings?: string[] } = {},
): Promise<void> {
  const checked = await portiaHere(['check', plan], { cwd: folder, env });
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  const found = JSON.parse(checked.stdout) as { plan: string; problems: Problem[] };
  expect(found.plan).toBe(plan);
  const problems = found.problems.filter(({ severity }) => severity !== 'note');
  expect(problems.map(({ severity, message }) => `${severity}: ${message}`)).toEqual(
    warnings.map((message) => `warning: ${message}`),
  );
}

/** The error that a command printed for programs, the last line of standard error. */
export function printedError(stderr: string): Record<string, unknown> {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return (fitting('error', JSON.parse(line)) as { error: Record<string, unknown> }).error;
}

/** The open questions that a command printed for programs, the last line of standard error. */
export function printedQuestions(stderr: string): {
  run_id: string;
  exit_code: number;
  next: string;
  questions: ({ id: string; selector: string; commands: string[] } & Record<string, unknown>)[];
} {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as ReturnType<typeof printedQuestions>;
}

/** Runs a command that portia printed, in a shell, as somebody who pastes it would. */
export async function runPrinted(command: string, { cwd, env = {} }: Call): Promise<Ended> {
  const script = `portia() { "$NODE" "$PORTIA" "$@"; }\n${command}`;
  const variables = { ...cleanEnvironment(cwd, env), NODE: TESTED_NODE, PORTIA };
  return ended(spawn('/bin/sh', ['-c', script], { cwd, env: variables, stdio: 'pipe' }), '');
}
