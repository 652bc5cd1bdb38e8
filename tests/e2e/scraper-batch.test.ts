import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { killBinary, killAtEachKind, runUndisturbed } from '../support/kill-everywhere.js';
import { portia } from '../support/portia.js';
import { playModel } from '../support/scenario.js';
import { PROFILES, scientistProject, scientistScenario, scientistScript } from './scraper-project.js';

interface LineResult {
  type: string;
  line: number;
  state: string;
  final_output: { value: unknown };
}

/** How many runs were under way at once, by the order of their events. */
function mostAtOnce(events: RunEvent[]): number {
  const running = new Set<string>();
  let most = 0;
  for (const { type, run_id } of events) {
    if (type === 'run.created') running.add(run_id);
    if (type === 'run.completed') running.delete(run_id);
    most = Math.max(most, running.size);
  }
  return most;
}

describe('eight pages, four at a time', () => {
  test('when a plan is run for a batch of pages then there is a typed profile each, in the order of the pages', async () => {
    const cwd = scientistProject();
    const model = await playModel(scientistScript());
    const batch = ['run-plan', 'scientist.yaml', '--batch', 'pages.ndjson', '--jobs', '4'];
    const { code, stdout } = await portia([...batch, '--format', 'ndjson', '--events', 'events.ndjson'], {
      cwd,
      env: model.environment,
    });
    expect(code).toBe(0);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LineResult);
    expect(results.map(({ type, line, state }) => `${type} ${line} ${state}`)).toEqual(
      PROFILES.map((_profile, index) => `run.result ${index + 1} COMPLETE`),
    );
    expect(results.map((result) => result.final_output.value)).toEqual(PROFILES);
    const events = readFileSync(join(cwd, 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    const taken = events.filter((event) => event.type === 'step.completed' && event.path === '2.branches.0.steps.0');
    expect(taken).toHaveLength(5);
    const most = mostAtOnce(events);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  test(
    'when the process is killed after each kind of event then no page is read by a model twice',
    { timeout: 240_000 },
    async () => {
      const undisturbed = await runUndisturbed(scientistScenario);
      const { points, asked } = await killAtEachKind(scientistScenario, undisturbed);
      expect({ points: points > 8, asked }).toEqual({ points: true, asked: 0 });
      await killBinary(scientistScenario, undisturbed, 30);
    },
  );
});
