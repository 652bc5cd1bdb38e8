import { expect, test } from 'vitest';

import { effectsOf, type Effect } from '../support/crashed-project.js';
import { killBinary, runUndisturbed } from '../support/kill-everywhere.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';
import { resultsOf } from './batch-project.js';
import { killBatch } from './killed-batch.js';
import { APPROVED, judging, outreachProject, outreachScenario, planning, RETRIEVE } from './outreach-project.js';

interface Invitation extends Effect {
  profile: string;
  message: string;
}

const BATCH = ['run-plan', 'invite.json', '--batch', 'profiles.ndjson', '--format', 'ndjson', ...APPROVED];

test('when the profiles are listed and each is a run then those who fit are invited once, and nobody else', async () => {
  const cwd = outreachProject();
  const model = await playModel([
    planning('docs:get_document'),
    judging('ada', 'CONNECT'),
    judging('bob', 'PASS'),
    judging('cy', 'CONNECT'),
  ]);
  const listed = await portia([...RETRIEVE, '-i', 'doc_id=doc-7', '--format', 'value'], {
    cwd,
    env: model.environment,
  });
  expect(listed.code).toBe(0);
  expect(JSON.parse(listed.stdout)).toEqual(['ada', 'bob', 'cy'].map((name) => `https://people.example/${name}`));
  // The model was offered that tool alone, and the request is the text of the file, with the input in its place.
  const [asked] = model.requests;
  expect(JSON.stringify(asked?.messages)).not.toContain('people:connect');
  expect(JSON.stringify(asked?.messages)).not.toContain('{doc_id}');
  const invited = await portia(BATCH, { cwd, env: model.environment });
  expect(invited.code).toBe(0);
  expect(resultsOf(invited.stdout).map(({ final_output: output }) => output?.value)).toEqual([
    'invited https://people.example/ada',
    'passed over',
    'invited https://people.example/cy',
  ]);
  const told = effectsOf<Invitation>(cwd).map(({ profile, message }) => [profile, message]);
  expect(told.toSorted()).toEqual([
    ['https://people.example/ada', 'Dear ada'],
    ['https://people.example/cy', 'Dear cy'],
  ]);
});

test('when the input of the request is not given then no model is asked', async () => {
  const cwd = outreachProject();
  const model = await playModel([]);
  const { message, fix } = expectError(await portia(RETRIEVE, { cwd, env: model.environment }), {
    code: 'missing-input',
    exit: 2,
  });
  expect(message).toContain('retrieve.txt needs an input that is not given: doc_id.');
  expect(fix).toContain('-i doc_id=…');
});

test('when the plan of the first phase uses another tool then there is no plan', async () => {
  const cwd = outreachProject();
  const model = await playModel([1, 2, 3].map(() => planning('people:connect')));
  const end = await portia([...RETRIEVE, '-i', 'doc_id=doc-7'], { cwd, env: model.environment });
  expectError(end, { code: 'no-plan', exit: 5 });
  expect(effectsOf(cwd)).toEqual([]);
});

test('when a message is too long then the tool says so, and the other lines of the batch continue', async () => {
  const cwd = outreachProject();
  const model = await playModel([
    judging('ada', 'CONNECT', 'x'.repeat(201)),
    judging('bob', 'CONNECT'),
    judging('cy', 'PASS'),
  ]);
  const end = await portia(BATCH, { cwd, env: model.environment });
  expect(end.code).toBe(1);
  const results = resultsOf(end.stdout);
  expect(results.map(({ exit_code: code }) => code)).toEqual([1, 0, 0]);
  expect(results[0]?.error?.message).toContain('at most 200 characters');
  expect(effectsOf<Invitation>(cwd).map(({ profile }) => profile)).toEqual(['https://people.example/bob']);
});

test('when the process is killed here and there then the person is invited once', async () => {
  await killBinary(outreachScenario, await runUndisturbed(outreachScenario), 9);
});

test('when a batch is killed in the middle then resuming its runs and running the other lines invites each once', async () => {
  expect(await killBatch(14)).toEqual({ states: new Set(['COMPLETE']), invited: ['ada', 'cy'] });
});
