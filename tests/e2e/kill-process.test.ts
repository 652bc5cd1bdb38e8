import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { forEachSideBySide } from '../support/finish-run.js';
import { killAfter } from '../support/kill-everywhere.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { ended, startPortia } from '../support/portia.js';
import { playModel } from '../support/scenario.js';
import {
  APPROVE,
  goOn,
  modelFor,
  modelScript,
  newProject,
  patientModel,
  planArguments,
  runOf,
  runUndisturbed,
} from './kill-project.js';

const kills = ['look', 'send', 'stamp'].flatMap((tool) => ['before', 'after'].map((when) => ({ tool, when })));

test(
  `when a tool kills the process before or after it acts (${kills.length} ways) then the run continues`,
  { timeout: 600_000 },
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

const moments = [9, 21];

test(
  `when a process is killed at ${moments.length} moments, and the next one too, then the run continues`,
  { timeout: 900_000 },
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
