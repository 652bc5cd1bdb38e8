import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import {
  effectsOf,
  leaveCrash,
  readUndisturbed,
  type CrashPoint,
  type Effect,
  type Undisturbed,
} from '../support/crashed-project.js';
import { essence, expectNothingAgain } from '../support/finish-run.js';
import { portiaHere } from '../support/portia-here.js';
import { portia, type Ended } from '../support/portia.js';
import { loggedRunIds, playModel, printedQuestions, readEvents, readRun } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';
import { startModelServer, type ModelServer, type ScriptEntry } from '../support/model-server.js';

/**
 * Three tools that leave a line in effects.log, where portia does not look. kill.json makes one of them kill
 * portia before or after it acts, once.
 */
const TOOLS = `
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const killer = (root, id) => async (when) => {
  const file = join(root, 'kill.json');
  if (!existsSync(file)) return;
  const kill = JSON.parse(readFileSync(file, 'utf8'));
  if (kill.tool !== id || kill.when !== when) return;
  rmSync(file);
  process.kill(process.ppid, 'SIGKILL');
  await new Promise(() => {});
};

const tool = (id, effect) =>
  defineTool({
    id,
    name: id,
    description: 'Leaves a line in effects.log.',
    effect,
    args: z.object({ text: z.string() }),
    async run({ environment, idempotencyKey: key }, { text }) {
      const kill = killer(environment.projectRoot, id);
      await kill('before');
      const result = id + ':' + text;
      appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ id, text, key, result }) + '\\n');
      await kill('after');
      return result;
    },
  });

export const tools = [tool('look', 'read'), tool('send', 'once'), tool('stamp', 'idempotent')];
`;

const PLAN = {
  plan_context: { query: 'look, write, send, stamp', tool_ids: ['file_writer_tool', 'look', 'send', 'stamp'] },
  steps: [
    { kind: 'tool', tool_id: 'look', args: { text: 'a' }, output: '$looked' },
    {
      kind: 'tool',
      tool_id: 'file_writer_tool',
      args: { filename: 'out.txt', content: '{{ $looked }}' },
      output: '$file',
    },
    { kind: 'tool', tool_id: 'send', args: { text: '{{ $looked }}' }, output: '$sent' },
    {
      task: 'Stamp it.',
      tool_id: 'stamp',
      condition: 'if it was sent',
      inputs: [{ name: '$sent' }],
      output: '$stamped',
    },
    { kind: 'compute', expression: '$sent & " " & $stamped', output: '$end' },
  ],
};

export const APPROVE = ['--approve', 'send', '--approve', 'stamp'];

/** The two model calls of the plan, with what makes each recognisable in the log. */
const MODEL_CALLS: { key: string; entry: ScriptEntry }[] = [
  {
    key: '3/1/condition/1',
    entry: { match: /You judge whether/, reply: { json: { outcome: 'continue', reason: 'It was sent.' } } },
  },
  {
    key: '3/1/1',
    entry: { match: /You do one step/, reply: { toolCalls: [{ name: 'stamp', arguments: { text: '{{$sent}}' } }] } },
  },
];

/** The only run of a project, however early its process was killed. */
export function runOf(folder: string): string {
  const [id = '', ...others] = loggedRunIds(folder);
  expect(others).toEqual([]);
  return id;
}

/** A new project with the tools and the plan. */
export const newProject = (): string => makeToolProject(TOOLS, { 'plan.json': PLAN });

export const planArguments = ['run-plan', 'plan.json', ...APPROVE];

export const modelScript = (): ScriptEntry[] => MODEL_CALLS.map(({ entry }) => ({ ...entry }));

/** A model that answers exactly the calls that are not in these events as finished. */
export async function modelFor(events: RunEvent[]): Promise<ModelServer> {
  const finished = new Set(events.flatMap((event) => (event.type === 'model.finished' ? [event.key] : [])));
  return playModel(MODEL_CALLS.filter(({ key }) => !finished.has(key)).map(({ entry }) => ({ ...entry })));
}

const sentIn = (folder: string): KillEffect[] => killEffects(folder).filter(({ id }) => id === 'send');

/** A line of effects.log. */
type KillEffect = Effect & { id: string; text: string };
const killEffects = (folder: string): KillEffect[] => effectsOf<KillEffect>(folder);

export async function runUndisturbed(): Promise<Undisturbed> {
  const folder = newProject();
  const model = await modelFor([]);
  const end = await portia(planArguments, { cwd: folder, env: model.environment });
  expect(end).toMatchObject({ code: 0, signal: null });
  return readUndisturbed(folder, runOf(folder));
}

/** The project as a process that was killed at this point would have left it. */
export function crashedProject(undisturbed: Undisturbed, point: CrashPoint): string {
  const folder = newProject();
  leaveCrash(undisturbed, point, folder);
  return folder;
}

/** Goes on with a run, in new processes, until it ends; answers what became of a call as somebody who looks would. */
export async function resumeToEnd(
  folder: string,
  id: string,
  environment: Record<string, string>,
): Promise<{ end: Ended; questions: number }> {
  const resume = (...answers: string[]) =>
    portiaHere(['resume', id, ...APPROVE, ...answers], { cwd: folder, env: environment });
  const end = await resume();
  if (end.code !== 8) return { end, questions: 0 };
  const { questions } = printedQuestions(end.stderr);
  expect(questions).toMatchObject([
    { category: 'Multiple Choice', options: ['happened', 'not_done', 'stop'], tool_id: 'send' },
  ]);
  const happened = sentIn(folder).length > 0;
  const answers = happened
    ? ['--answer', 'outcome=happened', '--answer', '2.result=send:look:a']
    : ['--answer', 'outcome=not_done'];
  return { end: await resume(...answers), questions: 1 };
}

/** No step that had ended began again, nothing was done twice, and the result is that of an undisturbed run. */
export function expectSameEnd(undisturbed: Undisturbed, folder: string, label: object): void {
  const id = runOf(folder);
  const events = readEvents(folder, id);
  expectNothingAgain(events, label);
  const replies = events.flatMap((event) => (event.type === 'model.finished' ? [event.key] : []));
  expect({ ...label, replies }).toEqual({ ...label, replies: MODEL_CALLS.map(({ key }) => key) });
  expect({ ...label, ...essence(readRun(folder, id)) }).toEqual({ ...label, ...essence(undisturbed.run) });
  expect(sentIn(folder)).toHaveLength(1);
  const stamps = killEffects(folder).filter((effect) => effect.id === 'stamp');
  expect(new Set(stamps.map(({ key }) => key)).size).toBe(1);
  expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('look:a');
}

/** A model that answers each call as often as it is made. */
export async function patientModel(): Promise<Record<string, string>> {
  const server = await startModelServer([1, 2, 3].flatMap(() => modelScript()));
  onTestFinished(async () => server.close());
  return server.environment;
}

/** What the log has, and then the rest of the run in a process that nobody kills. */
export async function goOn(undisturbed: Undisturbed, folder: string, label: object): Promise<number> {
  const id = runOf(folder);
  const events = readEvents(folder, id);
  const model = await modelFor(events);
  const { end, questions } = await resumeToEnd(folder, id, model.environment);
  expect({ ...label, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
    ...label,
    code: 0,
    stderr: '',
  });
  expectSameEnd(undisturbed, folder, label);
  return questions;
}
