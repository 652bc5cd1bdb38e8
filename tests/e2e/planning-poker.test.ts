import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import { expectSoundPlan, playModel, readEvents } from '../support/scenario.js';
import { PLAY, pokerProject, pokerScenario, pokerScript } from './poker-project.js';
import { portiaHere } from '../support/portia-here.js';

const parse = (stdout: string): Run => JSON.parse(stdout) as Run;

describe('planning poker', () => {
  test('when three personas judge two tickets then each gets the average, rounded up to a card', async () => {
    const cwd = pokerProject();
    await expectSoundPlan(cwd, 'poker.json');
    const model = await playModel(pokerScript());
    const { code, stdout } = await portiaHere(PLAY, { cwd, env: model.environment });
    expect(code).toBe(0);
    const run = parse(stdout);
    expect(run.outputs.final_output?.['value']).toEqual([
      { id: 'T1', title: 'Dark mode', size: '3D', played: ['1D', '3D', '5D'] },
      { id: 'T2', title: 'Search', size: 'TLTE', played: ['3D', '5D', 'TLTE'] },
    ]);
    // One to find the tickets of the project, and one for each card: the result has its shape without another.
    expect(run.usage.calls).toBe(7);
    expect(run.outputs.step_outputs['$project_tickets']?.['value']).toHaveLength(2);
  });

  test('when a persona says a size that is not a card then it is told, and only cards count', async () => {
    const cwd = pokerProject();
    const [filter, , ...others] = pokerScript();
    const wrong = { match: /You are a frontend developer.*T1;/, reply: { json: { size: '2D', reason: 'Two.' } } };
    const right = { match: /2D[\s\S]*size/, reply: { json: { size: '1D', reason: 'One.' } } };
    const model = await playModel([...(filter === undefined ? [] : [filter]), wrong, right, ...others]);
    const { code, stdout } = await portiaHere(PLAY, { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(parse(stdout).outputs.final_output).toMatchObject({ value: [{ played: ['1D', '3D', '5D'] }, {}] });
  });

  test('when it is run then all cards of a ticket are played before the next ticket is looked at', async () => {
    const cwd = pokerProject();
    const model = await playModel(pokerScript());
    const { stdout } = await portiaHere(PLAY, { cwd, env: model.environment });
    const finished = readEvents(cwd, parse(stdout).id).flatMap((event) =>
      event.type === 'step.completed' && event.path.startsWith('2') ? [event.path] : [],
    );
    const round = (ticket: number) => [
      ...[0, 1, 2].map((persona) => `2[${ticket}].steps.0[${persona}].steps.0`),
      ...[0, 1, 2].map((step) => `2[${ticket}].steps.${step}`),
    ];
    // Whoever is quicker plays first.
    expect(finished.slice(0, 3).toSorted()).toEqual(round(0).slice(0, 3));
    expect(finished.slice(3, 6)).toEqual(round(0).slice(3));
    expect(finished.slice(6, 9).toSorted()).toEqual(round(1).slice(0, 3));
    expect(finished.slice(9)).toEqual([...round(1).slice(3), '2']);
  });

  test('when it is shown then the tree has the loop in the loop and how often each step was done', async () => {
    const cwd = pokerProject();
    const model = await playModel(pokerScript());
    await portiaHere(PLAY, { cwd, env: model.environment });
    const { code, stdout } = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
    expect(code).toBe(0);
    const tree = stdout.split('\n').flatMap((line) => {
      const [, step, times = ''] = /^ +(\d\S* ✔ \S+(?: each)?) .*?(\(\d rounds\))?(?: +[\d.]+ m?s)?$/.exec(line) ?? [];
      return step === undefined ? [] : [`${step} ${times}`.trim()];
    });
    expect(tree).toEqual([
      '1 ✔ list_tickets',
      '2 ✔ llm',
      '3 ✔ for each',
      '3.1 ✔ for each (2 rounds)',
      '3.1.1 ✔ llm (6 rounds)',
      '3.2 ✔ compute (2 rounds)',
      '3.3 ✔ compute (2 rounds)',
    ]);
    expect(stdout).toContain('The average, rounded up');
  });

  test(
    'when the process is killed in each of its calls then no card is played twice',
    { timeout: 240_000 },
    async () => {
      const undisturbed = await runUndisturbed(pokerScenario);
      const { points, asked } = await killAtEachCall(pokerScenario, undisturbed);
      expect({ points: points > 1, asked }).toEqual({ points: true, asked: 0 });
    },
  );
});
