import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf, type Effect } from '../support/crashed-project.js';
import { killBinary, runUndisturbed } from '../support/kill-everywhere.js';
import { portia } from '../support/portia.js';
import { playModel } from '../support/scenario.js';
import {
  APPROVED,
  dailyResearchProject,
  PODCAST,
  RESEARCH,
  researchScenario,
  researchScript,
  TEXT,
} from './daily-research-project.js';
import { storedIn } from '../support/tested-store.js';

const CI = { CI: 'true' };

interface Act extends Effect {
  id: string;
  args: Record<string, string>;
}

test('when no mail came then the job is done with nothing to do, and nothing is posted', async () => {
  const cwd = dailyResearchProject('none');
  const end = await portia([...RESEARCH, ...APPROVED, '--format', 'value'], { cwd, env: CI });
  expect(end).toMatchObject({ code: 0, stdout: 'No mail came, so there is nothing to do.\n' });
  expect(effectsOf(cwd)).toEqual([]);
});

test('when 40 mails came then the podcast gets them whole, and neither the model nor the run file does', async () => {
  const cwd = dailyResearchProject();
  const model = await playModel(researchScript());
  const args = [...RESEARCH, ...APPROVED, '--json', '--events', 'ev.ndjson'];
  const end = await portia(args, { cwd, env: { ...CI, ...model.environment } });
  expect(end.code).toBe(0);
  const run = JSON.parse(end.stdout) as Run;
  const value = { headline: 'Result 7', podcast: PODCAST };
  expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value } } });
  expect(effectsOf<Act>(cwd).map(({ id, args: given }) => [id, given['text']])).toEqual([
    ['podcast_tool', TEXT],
    ['slack_tool', `Result 7: ${PODCAST}`],
  ]);
  const stored = storedIn(cwd);
  expect(statSync(join(stored, 'runs', `${run.id}.json`)).size).toBeLessThan(20_000);
  expect(existsSync(join(stored, 'runs', run.id, 'memory'))).toBe(true);
  // What is printed of the run is its log, between a first and a last line.
  const written = readFileSync(join(cwd, 'ev.ndjson'), 'utf8').split('\n').slice(1, -2);
  const logged = readFileSync(join(stored, 'runs', run.id, 'events.ndjson'), 'utf8')
    .split('\n')
    .slice(0, -1);
  const seqOf = (line: string): unknown => (JSON.parse(line) as { seq: unknown }).seq;
  expect(written.map(seqOf)).toEqual(logged.map(seqOf));
  expect(end.stderr).not.toContain('portia resume');
});

test('when nobody agreed to the podcast then the job pauses before it, and does it once after that', async () => {
  const cwd = dailyResearchProject();
  const model = await playModel(researchScript());
  const env = { ...CI, ...model.environment };
  expect((await portia(RESEARCH, { cwd, env })).code).toBe(8);
  expect(effectsOf(cwd)).toEqual([]);
  expect((await portia(['resume', 'last', ...APPROVED], { cwd, env })).code).toBe(0);
  expect(effectsOf<Act>(cwd).map(({ id }) => id)).toEqual(['podcast_tool', 'slack_tool']);
});

test('when the process is killed here and there then the podcast is made and posted once', async () => {
  await killBinary(researchScenario, await runUndisturbed(researchScenario), 20);
});
