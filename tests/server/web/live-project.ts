import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Run } from '../../../src/domain/run/run.js';
import { portiaHere } from '../../support/portia-here.js';
import { startPortia } from '../../support/portia.js';
import { makeToolProject } from '../../support/tool-project.js';
import { whenOver } from '../../support/when-over.js';

/**
 * `gate_tool` waits for a file with the name that it is given, `ask_tool` asks so many questions at once, `send_tool` (once)
 * leaves a line.
 */
const TOOLS = `import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';
export const gate = defineTool({ id: 'gate_tool', name: 'Gate', description: 'Waits.', effect: 'read',
  args: z.object({ name: z.string() }), output: z.any(),
  async run({ environment, signal }, { name }) {
    while (!existsSync(join(environment.projectRoot, name))) await sleep(10, undefined, { signal });
    return name;
  } });
export const ask = defineTool({ id: 'ask_tool', name: 'Ask', description: 'Asks.', effect: 'read',
  args: z.object({ count: z.int() }), output: z.any(),
  run: (context, { count }) => context.answers.length > 0 ? context.answers.map(({ response }) => response) : {
    kind: 'clarifications',
    clarifications: Array.from({ length: count }, (_each, index) => (
      { category: 'Input', user_guidance: 'Value ' + (index + 1) + '?', argument_name: 'n' + (index + 1) })),
  } });
export const send = defineTool({ id: 'send_tool', name: 'Send', description: 'Sends.', effect: 'once',
  args: z.object({ text: z.string() }), output: z.any(),
  run({ environment }, { text }) {
    appendFileSync(join(environment.projectRoot, 'sent.txt'), text + '\\n');
    return text;
  } });
`;

const gate = (name: string) => ({ kind: 'tool', tool_id: 'gate_tool', args: { name }, output: `$${name}` });
const askAll = (count: number, output: string) => ({ kind: 'tool', tool_id: 'ask_tool', args: { count }, output });
const ASK = { kind: 'user_input', message: 'How many?', schema: { type: 'integer' }, output: '$many' };
const plan = (query: string, ...steps: object[]) => ({
  plan_context: { query, tool_ids: ['ask_tool', 'gate_tool', 'send_tool'] },
  steps,
});

/** Plans that ask, that wait at a gate first, that ask while they work, that ask 20 questions, and that act. */
export function liveProject(): string {
  return makeToolProject(TOOLS, {
    'ask.json': plan('Count', ASK),
    'gated.json': plan('Wait and count', gate('first'), ASK, {
      kind: 'compute',
      expression: '$many + 1',
      output: '$more',
    }),
    'beside.json': plan('Count beside the work', ASK, askAll(1, '$asked'), gate('beside'), {
      kind: 'compute',
      expression: '$asked[0] & "!"',
      output: '$said',
    }),
    'many.json': plan('Ask much', askAll(20, '$all')),
    'send.json': plan('Send', { kind: 'tool', tool_id: 'send_tool', args: { text: 'Hello' }, output: '$sent' }),
  });
}

/** The run of a plan of the project once it waits for a person. */
export async function askingRun(cwd: string, file = 'ask.json'): Promise<Run> {
  const { stdout } = await portiaHere(['run-plan', file, '--no-prompt', '--json'], { cwd });
  return JSON.parse(stdout) as Run;
}

/** Starts a run in another process. Gives its id once it is recorded. */
export async function startRun(cwd: string, file: string): Promise<string> {
  const events = join(cwd, `${file}.ndjson`);
  const child = startPortia(['run-plan', file, '--no-prompt', '--events', events], { cwd });
  whenOver(() => child.kill('SIGKILL'));
  const ended = new Promise<never>((_resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`It ended with ${code}.`)));
  });
  ended.catch(() => undefined);
  return Promise.race([ended, firstRunIn(events)]);
}

async function firstRunIn(events: string): Promise<string> {
  for (;;) {
    const [, id] = existsSync(events) ? (/"run_id":"(prun-[^"]+)"/.exec(readFileSync(events, 'utf8')) ?? []) : [];
    if (id !== undefined) return id;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Opens the gate of that name. */
export function openGate(cwd: string, name: string): void {
  writeFileSync(join(cwd, name), '');
}
