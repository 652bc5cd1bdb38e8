import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';

import { onTestFinished } from 'vitest';

import { makeProject, startPortia, type Call } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';

/**
 * `log_tool` (once) leaves a line in $EFFECTS; `gate_tool` (read) and `once_gate_tool` wait for the file "gate",
 * `block_tool` (read) does so without letting anything else happen, `deaf_tool` (read) for ever and whatever it is told.
 */
const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';

const args = z.object({ text: z.string() });
const env = ['EFFECTS'];
const log = (environment, line) =>
  appendFileSync(environment.variable('EFFECTS') ?? '', line + '\\n');

const gate = (id, effect) =>
  defineTool({
    id, name: 'Gate', description: 'Waits.', effect, args, env,
    async run({ environment, signal }, { text }) {
      log(environment, 'waiting');
      while (!existsSync(join(environment.projectRoot, 'gate'))) await sleep(20, undefined, { signal });
      return text;
    },
  });

export const tools = [
  defineTool({
    id: 'log_tool', name: 'Log', description: 'Leaves a line.', effect: 'once', args, env,
    run({ environment }, { text }) {
      log(environment, text);
      return text;
    },
  }),
  gate('gate_tool', 'read'),
  gate('once_gate_tool', 'once'),
  defineTool({
    id: 'deaf_tool', name: 'Deaf', description: 'Never ends.', effect: 'read', args,
    run: () => new Promise(() => setInterval(() => {}, 1_000)),
  }),
  defineTool({
    id: 'block_tool', name: 'Block', description: 'Lets nothing else happen before the file "gate".', effect: 'read', args, env,
    run({ environment }, { text }) {
      log(environment, 'blocking');
      while (!existsSync(join(environment.projectRoot, 'gate')));
      return text;
    },
  }),
  defineTool({
    id: 'fail_tool', name: 'Fail', description: 'Fails without the file "gate".', effect: 'read', args,
    run({ environment }, { text }) {
      if (existsSync(join(environment.projectRoot, 'gate'))) return text;
      return { kind: 'failure', message: 'the gate is closed', retryable: true };
    },
  }),
];
`;

const step = (tool_id: string, text: string, output: string) => ({ kind: 'tool', tool_id, args: { text }, output });

/** Three steps: one that leaves a line, one of this tool, one that leaves another line. */
const threeSteps = (middle: object) => ({
  plan_context: { query: 'three steps', tool_ids: ['log_tool'] },
  steps: [step('log_tool', 'one', '$one'), middle, step('log_tool', 'three', '$three')],
});

/** A project whose plan has this as its second step. Its tools leave their lines in `effects`, outside of it. */
export function makeRunProject(middle: string | object): {
  folder: string;
  env: Record<string, string>;
  effects(): string[];
  /** Resolves once a tool waits at the gate: its call is recorded before it begins. */
  atGate(): Promise<void>;
} {
  const second = typeof middle === 'string' ? step(middle, 'two', '$two') : middle;
  const folder = makeToolProject(TOOLS, { 'plan.json': threeSteps(second) });
  const file = join(makeProject(), 'effects.log');
  const effects = () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []);
  const atGate = async () => {
    while (!effects().includes('waiting')) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { folder, env: { EFFECTS: file }, effects, atGate };
}

export const RUN_PLAN = ['run-plan', 'plan.json', '--approve', 'log_tool', '--approve', 'once_gate_tool'];
export const RESUME = ['resume', 'last', '--approve', 'log_tool', '--approve', 'once_gate_tool'];

/** Starts the binary, and resolves once it has recorded an event of this type for the step. */
export async function startUntil(
  args: string[],
  call: Call,
  wanted: { type: string; path: string },
): Promise<ChildProcess> {
  const events = join(call.cwd, 'stream.ndjson');
  const child = startPortia([...args, '--events', events], call);
  onTestFinished(() => void child.kill('SIGKILL'));
  const seen = () =>
    existsSync(events) &&
    readFileSync(events, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as { type: string; path?: string })
      .some(({ type, path }) => type === wanted.type && path === wanted.path);
  while (!seen()) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

/** A model server that takes requests and never answers. */
export async function silentModel(): Promise<Record<string, string>> {
  const open: ServerResponse[] = [];
  const server = createServer((_request, response) => void open.push(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: 'sk-test' };
}
