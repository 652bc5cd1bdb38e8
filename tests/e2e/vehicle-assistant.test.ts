import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import { portiaHere } from '../support/portia-here.js';
import type { Ended } from '../support/portia.js';
import { expectSoundPlan, onlyRun, playModel, printedQuestions, story } from '../support/scenario.js';
import { agent, APPROVE, ASSIST, calls, classified, vehicleProject, vehicleScenario } from './vehicle-project.js';

const TAX = 'Owner: I got a reminder and want to renew my road tax.\n';
const TAX_TEXT = 'The tax of AB12 CDE is paid until 2027-11-30. Your reference is 004711. Is there anything else?';

const parse = ({ stdout }: Ended): Run => JSON.parse(stdout) as Run;
const outputsOf = (run: Run): string[] => Object.keys(run.outputs.step_outputs).sort();
const valueOf = (run: Run): unknown => run.outputs.final_output?.['value'];

function renewals(cwd: string): unknown[] {
  if (!existsSync(join(cwd, 'effects.log'))) return [];
  const lines = readFileSync(join(cwd, 'effects.log'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { args: object }).args);
}

describe('vehicle assistant', { timeout: 240_000 }, () => {
  test('when the owner has not said what the tax needs then two answers from other processes complete it', async () => {
    const cwd = vehicleProject(TAX);
    const model = await playModel([classified('tax'), agent(calls('road_tax', {}))]);
    const paused = await portiaHere([...ASSIST, ...APPROVE], { cwd, env: model.environment });
    expect(paused.code).toBe(8);
    const { run_id: id, questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([
      { category: 'Input', argument_name: 'registration', source: 'Road tax', path: '1.branches.0.steps.0' },
      { category: 'Input', argument_name: 'reference', source: 'Road tax', path: '1.branches.0.steps.0' },
    ]);
    expect(questions[0]?.['user_guidance']).toContain('What stands on the number plate.');

    // A chat window has nothing but the id of the run: no model, no key.
    const first = await portiaHere(['answer', id, 'registration=AB12 CDE'], { cwd });
    expect([first.code, parse(first).state]).toEqual([0, 'NEED_CLARIFICATION']);
    const second = await portiaHere(['answer', id, '$renewal.reference=004711'], { cwd });
    expect([second.code, parse(second).state]).toEqual([0, 'READY_TO_RESUME']);
    expect(renewals(cwd)).toEqual([]);

    const resumed = await portiaHere(['resume', id, ...APPROVE, '--format', 'value'], { cwd, env: model.environment });
    expect(resumed).toMatchObject({ code: 0, stdout: `${TAX_TEXT}\n` });
    expect(renewals(cwd)).toEqual([{ registration: 'AB12 CDE', reference: '004711' }]);
    const run = onlyRun(cwd);
    expect(outputsOf(run)).toEqual(['$renewal', '$reply', '$request', '$text']);
    expect(run.usage.calls).toBe(2);
    expect(story(cwd, id).filter((line) => /^(run|clarification)\./.test(line))).toEqual([
      ...['run.created', 'run.started', 'clarification.raised', 'clarification.raised', 'run.paused'],
      ...['clarification.resolved', 'clarification.resolved', 'run.resumed', 'run.completed'],
    ]);
    await expectSoundPlan(cwd, 'vehicle-assistant.json');
  });

  test('when the agent asks for one thing after the other then each answer goes into its next turn', async () => {
    const cwd = vehicleProject(TAX);
    const ask = (argument_name: string, question: string) => agent(calls('ask_user', { argument_name, question }));
    const model = await playModel([
      classified('tax'),
      ask('registration', 'What is on your number plate?'),
      ask('reference', 'Which six digits are in the reminder?'),
      agent(calls('road_tax', { registration: 'AB12 CDE', reference: '004711' })),
    ]);
    const env = model.environment;
    const asked: unknown[] = [];
    let end = await portiaHere([...ASSIST, ...APPROVE], { cwd, env });
    for (const answer of ['registration=AB12 CDE', 'reference=004711']) {
      expect(end.code).toBe(8);
      asked.push(...printedQuestions(end.stderr).questions.map((question) => question['user_guidance']));
      expect(parse(await portiaHere(['answer', 'last', answer], { cwd })).state).toBe('READY_TO_RESUME');
      end = await portiaHere(['resume', 'last', ...APPROVE], { cwd, env });
    }
    expect(end.code).toBe(0);
    expect(asked).toEqual(['What is on your number plate?', 'Which six digits are in the reminder?']);
    expect(valueOf(parse(end))).toBe(TAX_TEXT);
    expect(renewals(cwd)).toHaveLength(1);
  });

  test('when it is about something else then the owner is asked politely, and no form is filled in', async () => {
    const cwd = vehicleProject('Owner: My horn sounds sad.\n');
    const model = await playModel([classified('other')]);
    const paused = await portiaHere([...ASSIST, ...APPROVE], { cwd, env: model.environment });
    expect(paused.code).toBe(8);
    const { questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([{ category: 'Input', selector: 'wish', path: '1.else.0' }]);
    expect(questions[0]?.['user_guidance']).toMatch(/^I am sorry, .*\?$/);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'wish=A new horn'], { cwd });
    expect(resumed.code).toBe(0);
    const run = parse(resumed);
    expect(valueOf(run)).toBe('A colleague will write to you about this: A new horn. Is there anything else?');
    expect(outputsOf(run)).toEqual(['$reply', '$request', '$text', '$wish']);
    expect(renewals(cwd)).toEqual([]);
  });

  test.each([
    {
      topic: 'inspection',
      more: [
        {
          match: /Take the registration and the date[\s\S]*AB12 CDE/,
          reply: { json: { registration: 'AB12 CDE', last_inspection: '2026-03-01' } },
        },
      ],
      outputs: ['$due', '$inspection', '$reply', '$request', '$text'],
      paths: ['1.branches.1.steps.0', '1.branches.1.steps.1', '1.branches.1.steps.2'],
      text: 'The next inspection of AB12 CDE is due on 2027-03-01. Is there anything else?',
    },
    {
      topic: 'sale',
      more: [],
      outputs: ['$reply', '$request', '$text'],
      paths: ['1.branches.2.steps.0'],
      text: /^Send us the part .* Is there anything else\?$/,
    },
  ])(
    'when it is about $topic then only its branch leaves outputs, and the step after the branches uses them',
    async ({ topic, more, outputs, paths, text }) => {
      const cwd = vehicleProject('Owner: My AB12 CDE was inspected on 1 March 2026.\n');
      const model = await playModel([classified(topic), ...more]);
      const ended = await portiaHere([...ASSIST, ...APPROVE], { cwd, env: model.environment });
      expect(ended.code).toBe(0);
      const run = parse(ended);
      expect(outputsOf(run)).toEqual(outputs);
      expect(run.steps.map(({ path }) => path).filter((path) => path.startsWith('1.'))).toEqual(paths);
      expect(valueOf(run)).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
      expect(run).toMatchObject({ current_step_index: 2, usage: { calls: 1 + more.length } });
    },
  );

  test('when the process is killed in each of its calls then the tax is renewed once all the same', async () => {
    const undisturbed = await runUndisturbed(vehicleScenario);
    expect(valueOf(undisturbed.run)).toBe(TAX_TEXT);
    expect(undisturbed.run.outputs.clarifications).toHaveLength(2);
    const { points, asked } = await killAtEachCall(vehicleScenario, undisturbed);
    // What is idempotent is done again under the same key, so nobody is asked.
    expect({ points: points > 1, asked }).toEqual({ points: true, asked: 0 });
  });
});
