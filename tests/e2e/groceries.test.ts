import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import { portiaHere } from '../support/portia-here.js';
import type { Ended } from '../support/portia.js';
import { expectSoundPlan, openPortia, printedError, printedQuestions, readEvents, story } from '../support/scenario.js';
import { APPROVE, GROCERIES, groceriesProject, groceriesScenario, signIn } from './groceries-project.js';

const ALTERNATIVES = ['Rye bread - £2.10', 'White bread - £1.10', 'Baguette - £0.95', 'Toast - £1.30', 'Naan - £1.80'];

const parse = ({ stdout }: Ended): Run => JSON.parse(stdout) as Run;
const resume = (cwd: string, ...answers: string[]) => portiaHere(['resume', 'last', ...APPROVE, ...answers], { cwd });

function inCart(cwd: string): unknown[] {
  const lines = readFileSync(join(cwd, 'effects.log'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { product: string }).product);
}

/** A run that waits for the choice of the bread, with somebody signed in. */
async function choosing(): Promise<{ cwd: string; paused: Ended }> {
  const cwd = groceriesProject();
  signIn(cwd);
  const paused = await portiaHere([...GROCERIES, ...APPROVE], { cwd });
  expect(paused.code).toBe(8);
  return { cwd, paused };
}

describe('groceries', { timeout: 240_000 }, () => {
  test('when nobody is signed in then the page is shown once, and again only when nobody was signed in after all', async () => {
    const cwd = groceriesProject();
    const paused = await portiaHere([...GROCERIES, ...APPROVE], { cwd });
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      { category: 'Action', action_url: 'https://shop.example/sign-in', path: '0', selector: 'action' },
    ]);
    const hasty = await resume(cwd, '--answer', 'action=done');
    expect(hasty.code).toBe(8);
    expect(printedQuestions(hasty.stderr).questions).toMatchObject([{ category: 'Action', path: '0' }]);
    signIn(cwd);
    const signedIn = await resume(cwd, '--answer', 'action=done');
    expect(signedIn.code).toBe(8);
    expect(printedQuestions(signedIn.stderr).questions).toMatchObject([{ category: 'Multiple Choice' }]);
    const ended = await resume(cwd, '--answer', 'choice=#6');
    expect(ended.code).toBe(0);
    const categories = parse(ended).outputs.clarifications.map(({ category }) => category);
    expect(categories).toEqual(['Action', 'Action', 'Multiple Choice']);
  });

  test('when there are alternatives then they and the way out are offered, after what is exact is in the cart', async () => {
    const { cwd, paused } = await choosing();
    const { questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([
      {
        category: 'Multiple Choice',
        user_guidance: 'There is no bread as such. Which of these?',
        options: [...ALTERNATIVES, 'Skip this item'],
        path: '1[1].steps.0',
        selector: 'choice',
      },
    ]);
    expect(inCart(cwd)).toEqual(['Semi-skimmed milk 2 l']);
    const refused = await resume(cwd, '--answer', 'choice=Bagel');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(printedError(refused.stderr)['fix']).toContain('#6 "Skip this item"');
    await expectSoundPlan(cwd, 'groceries.json');
  });

  test('when one of them is chosen then the product without its price is in the cart, and nothing for what is not there', async () => {
    const { cwd } = await choosing();
    const ended = await resume(cwd, '--answer', 'choice=Naan - £1.80');
    expect(ended.code).toBe(0);
    const run = parse(ended);
    expect(run.outputs.final_output?.['value']).toEqual({
      cart: ['Semi-skimmed milk 2 l', 'Naan'],
      missing: ['caviar'],
    });
    expect(run.outputs.step_outputs['$lines']).toMatchObject({
      value: [
        { item: 'milk', product: 'Semi-skimmed milk 2 l', in_cart: true },
        { item: 'bread', product: 'Naan', in_cart: true },
        { item: 'caviar', product: '', in_cart: false },
      ],
    });
    expect(inCart(cwd)).toEqual(['Semi-skimmed milk 2 l', 'Naan']);
    const calls = readEvents(cwd, run.id).flatMap((event) => (event.type === 'tool.started' ? [event.tool_id] : []));
    expect(calls.filter((tool) => tool === 'shop_sign_in')).toHaveLength(1);
  });

  test('when the item is skipped then its product is empty and nothing is put into the cart for it', async () => {
    const { cwd } = await choosing();
    const ended = await resume(cwd, '--answer', 'choice=Skip this item');
    expect(ended.code).toBe(0);
    const run = parse(ended);
    expect(run.outputs.final_output?.['value']).toEqual({
      cart: ['Semi-skimmed milk 2 l'],
      missing: ['bread', 'caviar'],
    });
    const steps = new Map(run.steps.map((step) => [step.path, step]));
    expect(steps.get('1[1].steps.1')?.output).toMatchObject({ value: '' });
    for (const path of ['1[1].steps.2', '1[2].steps.2']) {
      expect(steps.get(path)).toMatchObject({ status: 'skipped', reason: "$product != '' is false" });
    }
    expect(inCart(cwd)).toEqual(['Semi-skimmed milk 2 l']);
    const skipped = story(cwd, run.id).filter((line) => line.startsWith('step.skipped'));
    expect(skipped).toEqual(['step.skipped 1[1].steps.2', 'step.skipped 1[2].steps.2']);
  });

  test('when nobody has approved the cart then a person is asked about each product, with the product', async () => {
    const cwd = groceriesProject();
    signIn(cwd);
    const paused = await portiaHere(GROCERIES, { cwd });
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      {
        category: 'User Verification',
        tool_id: 'shop_add_to_cart',
        args: { customer: 'customer 7', product: 'Semi-skimmed milk 2 l' },
        path: '1[0].steps.2',
      },
    ]);
  });

  test('when a person sits there then one command asks for the sign-in and the bread, and finishes', async () => {
    const cwd = groceriesProject();
    const terminal = openPortia([...GROCERIES, ...APPROVE], { cwd });
    await terminal.waitFor('https://shop.example/sign-in');
    await terminal.waitFor('Is it done?');
    signIn(cwd);
    terminal.type('d');
    terminal.press('enter');
    await terminal.waitFor('Which of these?');
    await terminal.waitFor('leave for later');
    terminal.press('down');
    terminal.press('down');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(inCart(cwd)).toEqual(['Semi-skimmed milk 2 l', 'Baguette']);
  });

  test('when the process is killed in each of its calls then the cart is the same in the end, and nothing is in it twice', async () => {
    const undisturbed = await runUndisturbed(groceriesScenario);
    expect(inCart(undisturbed.folder)).toEqual(['Semi-skimmed milk 2 l', 'White bread']);
    const { points, asked } = await killAtEachCall(groceriesScenario, undisturbed);
    // A call had acted, then it is also asked for its result, or not.
    expect(points).toBeGreaterThan(3);
    expect(asked).toBeGreaterThanOrEqual(3);
  });
});
