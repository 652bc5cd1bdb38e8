import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf } from '../support/crashed-project.js';
import { killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import { expectSoundPlan, printedError, story } from '../support/scenario.js';
import { APPROVE, findMeetups, meetupProject, meetupScenario } from './meetup-project.js';
import { portiaHere } from '../support/portia-here.js';

const BREAKFAST = { title: 'Breakfast', date: '2026-11-24', url: 'https://events.example/4' };
const EVENING = { title: 'TypeScript evening', date: '2026-11-25', url: 'https://events.example/1' };
const NIGHT = { title: 'Node night', date: '2026-12-02', url: 'https://events.example/3' };
const PARTY = { title: 'Winter party', date: '2026-12-21', url: 'https://events.example/5' };

async function find(cwd: string, today: string): Promise<{ run: Run; result: unknown; effects: object[] }> {
  const { code, stdout, stderr } = await portiaHere([...findMeetups(today), ...APPROVE], { cwd });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const run = JSON.parse(stdout) as Run;
  const lines = readFileSync(join(cwd, 'effects.log'), 'utf8').trimEnd().split('\n');
  const effects = lines.map((line) => JSON.parse(line) as { tool: string; args: object });
  return {
    run,
    result: run.outputs.final_output?.['value'],
    effects: effects.map(({ tool, args }) => ({ tool, args })),
  };
}

describe('meetup finder', { timeout: 240_000 }, () => {
  test('when two sources know the same events then each is mailed once, in the window, and no form is filled in', async () => {
    const cwd = meetupProject();
    const { run, result, effects } = await find(cwd, '2026-11-23');
    expect(result).toEqual({ meetups: [BREAKFAST, EVENING, NIGHT], signed_up: false, mail: 'sent' });
    const body = [BREAKFAST, EVENING, NIGHT].map(({ date, title, url }) => `${date} ${title} ${url}`).join('\n');
    const args = { to: 'ada@example.com', subject: 'Meetups in Leeds: 3', body };
    expect(effects).toEqual([{ tool: 'send_email', args }]);
    expect(run.steps[5]).toMatchObject({
      path: '5',
      status: 'skipped',
      reason: '$config.has_form and $count($meetups) > 0 is false',
    });
    expect(run).toMatchObject({ state: 'COMPLETE', current_step_index: 7, usage: { calls: 0 } });
    expect(run.plan_run_inputs['$config']).toMatchObject({ value: { recipient_location: 'Leeds', has_form: false } });
    await expectSoundPlan(cwd, 'meetup-finder.json');
  });

  test('when there is a form and another day then the first meetup from that day on is signed up for', async () => {
    const cwd = meetupProject({ has_form: true });
    const { run, result, effects } = await find(cwd, '2026-12-10');
    expect(result).toEqual({ meetups: [PARTY], signed_up: true, mail: 'sent' });
    const form = { url: PARTY.url, name: 'Ada', email: 'ada@example.com' };
    const body = `2026-12-21 Winter party ${PARTY.url}\nYou are signed up for the first one.`;
    expect(effects).toEqual([
      { tool: 'fill_form', args: form },
      { tool: 'send_email', args: { to: 'ada@example.com', subject: 'Meetups in Leeds: 1', body } },
    ]);
    const order = story(cwd, run.id);
    // Neither search needs the other, so both are begun before one has ended; what acts waits for all before it.
    expect(order.indexOf('step.started 1')).toBeLessThan(order.indexOf('step.completed 0'));
    expect(order.slice(order.indexOf('step.started 5'))).toEqual([
      ...['step.started 5', 'condition.evaluated 5', 'tool.started 5', 'tool.finished 5', 'step.completed 5'],
      ...['step.started 6', 'tool.started 6', 'tool.finished 6', 'step.completed 6'],
      ...['step.started 7', 'step.completed 7', 'run.completed'],
    ]);
  });

  test('when nothing is found then an empty list is mailed and no form is filled in', async () => {
    const { result, effects } = await find(meetupProject({ has_form: true, recipient_location: 'York' }), '2026-11-23');
    expect(result).toEqual({ meetups: [], signed_up: false, mail: 'sent' });
    expect(effects).toMatchObject([{ tool: 'send_email', args: { subject: 'Meetups in York: 0', body: '' } }]);
  });

  test('when the config does not fit its schema then exit 2 names each part before anything is looked for', async () => {
    const cwd = meetupProject({ has_form: 'no', topics: [] });
    const { code, stdout, stderr } = await portiaHere(findMeetups('Monday'), { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const error = printedError(stderr);
    expect(error).toMatchObject({ code: 'invalid-input', pointer: '/config' });
    expect(String(error['why']).split('\n')).toEqual([
      'config: /topics must NOT have fewer than 1 items',
      'config: /has_form must be boolean',
      'today: must match format "date"',
    ]);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('when the process is killed in each of its calls then one form is filled in and one mail is sent', async () => {
    const undisturbed = await runUndisturbed(meetupScenario);
    expect(effectsOf(undisturbed.folder)).toMatchObject([{ tool: 'fill_form' }, { tool: 'send_email' }]);
    const { points, asked } = await killAtEachCall(meetupScenario, undisturbed);
    // Each of two calls had acted, then it is also asked for its result, or not.
    expect(points).toBeGreaterThan(5);
    expect(asked).toBeGreaterThanOrEqual(6);
  });
});
