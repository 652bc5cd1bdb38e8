import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { promptOf, startModelServer, type ScriptEntry } from '../support/model-server.js';
import { ended, startPortia } from '../support/portia.js';
import { playModel, readEvents } from '../support/scenario.js';
import {
  APPROVE,
  expectSameEnd,
  forEachSideBySide,
  modelFor,
  modelScript,
  newProject,
  planArguments,
  resumeToEnd,
  runOf,
  runUndisturbed,
  type Undisturbed,
} from './kill-project.js';

/** What the log has, and then the rest of the run in a process that nobody kills. */
async function goOn(undisturbed: Undisturbed, folder: string, label: object): Promise<number> {
  const id = runOf(folder);
  const events = readEvents(folder, id);
  const model = await modelFor(events);
  const { ended: end, questions } = await resumeToEnd(folder, id, model.environment);
  expect({ ...label, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
    ...label,
    code: 0,
    stderr: '',
  });
  expectSameEnd(undisturbed, folder, label);
  return questions;
}

const kills = ['look', 'send', 'stamp'].flatMap((tool) => ['before', 'after'].map((when) => ({ tool, when })));

test(
  `when a tool kills the process before or after it acts (${kills.length} ways) then the run goes on`,
  { timeout: 120_000 },
  async () => {
    const undisturbed = await runUndisturbed();
    await forEachSideBySide(kills, async (kill) => {
      const folder = newProject();
      writeFileSync(join(folder, 'kill.json'), JSON.stringify(kill));
      const model = await modelFor(kill.tool === 'stamp' ? [] : undisturbed.events);
      const end = await ended(startPortia(planArguments, { cwd: folder, env: model.environment }), '');
      expect(end.signal).toBe('SIGKILL');
      expect(await goOn(undisturbed, folder, kill)).toBe(kill.tool === 'send' ? 1 : 0);
    });
  },
);

test.each([/You judge whether/, /You do one step/])(
  'when the process is killed while a model answers to %s then only that call is made again',
  async (match) => {
    const undisturbed = await runUndisturbed();
    const folder = newProject();
    const before = modelScript().filter((entry) => String(entry.match) !== String(match));
    const earlier = match.source.includes('judge') ? [] : before;
    const kill: ScriptEntry = {
      match: (body) => promptOf(body).search(match) >= 0 && child.kill('SIGKILL'),
      reply: { text: 'too late' },
    };
    const model = await playModel([...earlier, kill]);
    const child = startPortia(planArguments, { cwd: folder, env: model.environment });
    expect((await ended(child, '')).signal).toBe('SIGKILL');
    await goOn(undisturbed, folder, { match: match.source });
  },
);

/** A model that answers each call as often as it is made. */
async function patientModel(): Promise<Record<string, string>> {
  const server = await startModelServer([1, 2, 3].flatMap(() => modelScript()));
  onTestFinished(async () => server.close());
  return server.environment;
}

/** Kills the process as soon as it has printed this many lines of its events. */
async function killAfter(lines: number, folder: string, command: { args: string[]; env: Record<string, string> }) {
  const child = startPortia([...command.args, '--format', 'ndjson'], { cwd: folder, env: command.env });
  let seen = 0;
  child.stdout?.on('data', (text: Buffer) => {
    seen += text.toString().split('\n').length - 1;
    if (seen >= lines) child.kill('SIGKILL');
  });
  return ended(child, '');
}

const moments = [3, 6, 9, 12, 15, 18, 21, 24];

test(
  `when a process is killed at ${moments.length} moments, and the next one too, then the run goes on`,
  { timeout: 240_000 },
  async () => {
    const undisturbed = await runUndisturbed();
    await forEachSideBySide(moments, async (lines) => {
      const folder = newProject();
      // How far it gets before the signal arrives is open, and so is what it asks the model.
      const patient = await patientModel();
      await killAfter(lines, folder, { args: planArguments, env: patient });
      const id = runOf(folder);
      await killAfter(4, folder, { args: ['resume', id, ...APPROVE], env: patient });
      await goOn(undisturbed, folder, { lines });
    });
  },
);
