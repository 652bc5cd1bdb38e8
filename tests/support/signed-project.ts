import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import { portiaHere } from './portia-here.js';
import { makeProject } from './portia.js';
import { loggedRunIds } from './scenario.js';

export const write = (content: string) => ({
  plan_context: { query: 'write', tool_ids: ['file_writer_tool'] },
  steps: [{ kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'Makefile', content }, output: '$written' }],
});

export const home = (project: string, name: string): Record<string, string> => {
  const folder = join(project, `.${name}`);
  mkdirSync(folder, { recursive: true });
  return { HOME: folder };
};
export const makefile = (project: string): string => readFileSync(join(project, 'Makefile'), 'utf8');
export const idOf = (project: string): string => loggedRunIds(project)[0] ?? '';
export const logPath = (project: string): string => join(project, 'runs', idOf(project), 'events.ndjson');
export const linesOf = (project: string): string[] => readFileSync(logPath(project), 'utf8').trimEnd().split('\n');
export const writeLines = (project: string, lines: string[]): void => {
  writeFileSync(logPath(project), lines.map((line) => `${line}\n`).join(''));
  // It is made again from the log.
  rmSync(join(project, 'runs', `${idOf(project)}.json`), { force: true });
};

/** Lines that follow from one another, as whoever writes a log by hand makes them. */
export function tied(lines: object[]): string[] {
  let before: string | undefined;
  return lines.map((line, index) => {
    const prev = before === undefined ? {} : { prev: digestText(before) };
    before = JSON.stringify({ ...line, seq: index + 1, ...prev });
    return before;
  });
}

/** A project with a run that waits for a yes to overwriting Makefile. */
export async function waiting(env: Record<string, string> = {}, content = 'NEW'): Promise<string> {
  const project = makeProject({ Makefile: 'mine', 'plan.json': write(content) });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd: project, env })).toMatchObject({ code: 8 });
  return project;
}

/** The same, and its user said yes. */
export async function answered(env: Record<string, string> = {}): Promise<string> {
  const project = await waiting(env);
  expect(await portiaHere(['answer', 'last', 'verify=yes'], { cwd: project, env })).toMatchObject({ code: 0 });
  return project;
}

export function copyOf(project: string): string {
  const copy = makeProject();
  for (const name of ['runs', 'plans', 'Makefile']) cpSync(join(project, name), join(copy, name), { recursive: true });
  return copy;
}

export const acceptedBy = (fix: unknown): string => /--accept-recorded (\w+)/.exec(String(fix))?.[1] ?? '';
