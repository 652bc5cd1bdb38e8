import { expect, test } from 'vitest';

import { effectsOf } from '../support/crashed-project.js';
import { killBinary, runUndisturbed } from '../support/kill-everywhere.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import {
  onlyRun,
  openPortia,
  planIds,
  playModel,
  printedQuestions,
  readEvents,
  readPlan,
} from '../support/scenario.js';
import {
  ANSWERS,
  MAIL_APPROVED,
  meetingProject,
  meetingScenario,
  SENT,
  signIn,
  stepsAfter,
} from './meeting-project.js';

const QUERY = 'Invite somebody to a meeting';
const HINT = 'only after 14:00';
const FIRST: ScriptEntry = { match: /You are a planner/, reply: { json: { steps: stepsAfter('08:00') } } };
const SECOND: ScriptEntry = { match: /## Change[^]*only after 14:00/, reply: { json: { steps: stepsAfter('14:00') } } };

test('when a person refines, signs in, answers and agrees then the mail is sent once, for the refined plan', async () => {
  const cwd = meetingProject();
  const model = await playModel([FIRST, SECOND]);
  const terminal = openPortia(['run', QUERY, ...MAIL_APPROVED], { cwd, env: model.environment });
  const enter = (text: string): void => {
    terminal.type(text);
    terminal.press('enter');
  };
  await terminal.waitFor('Run this plan?');
  enter('r');
  await terminal.waitFor('What should be different?');
  enter(HINT);
  await terminal.waitFor(/Run this plan\?[^]*Run this plan\?/);
  enter('y');
  await terminal.waitFor('https://accounts.google.example/sign-in');
  const begun = await portia(['show', 'last', '--json'], { cwd });
  expect(JSON.parse(begun.stdout)).toMatchObject({ steps: [] });
  signIn(cwd);
  for (const [question, answer] of Object.entries(ANSWERS)) {
    await terminal.waitFor(`\n? ${question}`);
    enter(answer);
  }
  await terminal.waitFor('\n? Invite Ann at 15:00?');
  enter('y');
  expect(await terminal.exit()).toMatchObject({ code: 0 });

  expect(terminal.screen().split('https://accounts.google.example/sign-in')).toHaveLength(2);
  const [first = '', second = '', ...others] = planIds(cwd);
  expect(others).toEqual([]);
  expect(readPlan(cwd, second).derived_from).toBe(first);
  expect(model.requests.map((body) => promptOf(body).includes(HINT))).toEqual([false, true]);
  expect(effectsOf(cwd)).toMatchObject([SENT]);
  const checked = readEvents(cwd, onlyRun(cwd).id).filter(({ type }) => type === 'readiness.checked');
  expect(checked.at(-1)).toMatchObject({ waiting: [] });
});

test('when nobody can be asked then it stops at the plan, and then at the one sign-in for both tools', async () => {
  const cwd = meetingProject();
  const model = await playModel([FIRST]);
  const env = { ...model.environment, CI: 'true' };
  expectError(await portia(['run', QUERY], { cwd, env }), { code: 'approval-needed', exit: 8 });
  const paused = await portia(['run-plan', 'last', ...MAIL_APPROVED], { cwd, env });
  expect(paused.code).toBe(8);
  expect(printedQuestions(paused.stderr).questions).toMatchObject([
    { category: 'Action', action_url: 'https://accounts.google.example/sign-in' },
  ]);
  expect(effectsOf(cwd)).toEqual([]);
});

test('when the process is killed here and there then the mail is sent once', async () => {
  const undisturbed = await runUndisturbed(meetingScenario);
  expect(effectsOf(undisturbed.folder)).toMatchObject([SENT]);
  await killBinary(meetingScenario, undisturbed, 15);
});
