import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';
import { fitting } from '../support/published-schemas.js';

interface PageExample {
  query: string;
  text: string;
}

/** Every YAML block of docs/plan-language.md, by what it says it is for. */
const EXAMPLES: PageExample[] = [...readFileSync('docs/plan-language.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text = '']) => ({
    query: (parse(text) as { plan_context: { query: string } }).plan_context.query,
    text,
  }),
);

const ORDERS = 'state,amount\nopen,3\nclosed,9\nopen,4\n';

const TOTAL = '{"total": 9}\n';

const LOGIN = `
import { defineTool } from 'portia';
import * as z from 'zod';
export const login = defineTool({
  id: 'login_tool', name: 'Login', description: 'Signs in.', effect: 'read', args: z.object({ user: z.string(), header: z.string() }),
  run: async (_context, { user, header }) => (header === 'Code 493027' ? user + ' is in, by ' + header : 'refused'),
});`;

/** What each prints that needs neither a person nor a model. */
const PRINTED: Record<string, [inputs: string[], printed: string][]> = {
  'Total of the open orders': [
    [[], '7\n'],
    [['-i', 'file=july.csv'], '9\n'],
  ],
  'Total of an order': [[[], '18\n']],
  'Judge a number': [
    [['-i', 'n:=5'], '5 is small\n'],
    [['-i', 'n:=500'], '500 is large\n'],
  ],
  'Double until it is large': [[[], '["A128","B128"]\n']],
  'Count what can be read': [[[], '{"counts":[3,null],"failed":["gone.csv"],"prices":0}\n']],
  'Ship once it is paid': [[['--dry-run'], 'Order 7: not paid\n']],
  'Remind of an order': [[[], 'Order 7 is due\n']],
  'Greet everybody': [[[], '["Hello Ada","Hello Bob"]\n']],
  'Sign in': [[['--answer', '$otp=@otp.txt'], 'ann is in, by Code ‹secret otp›\n']],
};

function projectWith(text: string): string {
  const files = { 'plan.yaml': text, 'orders.csv': ORDERS, 'july.csv': 'state,amount\nopen,9\n', 'total.txt': TOTAL };
  return text.includes('login_tool') ? makeToolProject(LOGIN, { ...files, 'otp.txt': '493027\n' }) : makeProject(files);
}

function exampleOf(wanted: string): string {
  const found = EXAMPLES.find(({ query }) => query === wanted);
  if (found === undefined) throw new Error(`No example on the page is for "${wanted}".`);
  return found.text;
}

describe('the page of the plan language', () => {
  test('when its examples are counted then each is tried here', () => {
    expect(EXAMPLES.map(({ query }) => query).toSorted()).toEqual(
      [...Object.keys(PRINTED), 'Order what is missing', 'Pay a bill', 'Compute a total'].toSorted(),
    );
  });

  test.each(EXAMPLES)('when the example "$query" is checked then nothing is said against it', async ({ text }) => {
    fitting('plan', parse(text) as unknown);
    const checked = await portiaHere(['check', 'plan.yaml', '--format', 'json'], { cwd: projectWith(text) });
    const { problems } = JSON.parse(checked.stdout) as { problems: { severity: string }[] };
    expect(problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(checked.code).toBe(0);
  });

  test.each(
    Object.entries(PRINTED).flatMap(([query, runs]) => runs.map(([inputs, printed]) => ({ query, inputs, printed }))),
  )(
    'when "$query" is run with $inputs then it prints what the page leads to expect',
    async ({ query, inputs, printed }) => {
      const cwd = projectWith(exampleOf(query));
      const ran = await portiaHere(['run-plan', 'plan.yaml', ...inputs, '--format', 'value'], { cwd });
      expect(ran).toMatchObject({ code: 0, stdout: printed });
    },
  );

  test('when the branch with the error is taken then the run fails with its message', async () => {
    const cwd = projectWith(exampleOf('Judge a number'));
    const ran = await portiaHere(['run-plan', 'plan.yaml', '-i', 'n:=-5'], { cwd });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: 'FAILED', error: { message: '-5 is below zero' } });
  });

  test('when a person answers as the page says then the order is written', async () => {
    const cwd = projectWith(exampleOf('Order what is missing'));
    expect(await portiaHere(['run-plan', 'plan.yaml'], { cwd })).toMatchObject({ code: 8 });
    const answers = ['0[0].steps.0.amount:=3', '0[1].steps.0.amount:=4', '1.verify=yes'];
    const flags = answers.flatMap((answer) => ['--answer', answer]);
    const going = await portiaHere(['resume', 'last', ...flags, '--approve', 'file_writer_tool'], { cwd });
    expect(going).toMatchObject({ code: 0 });
    expect(readFileSync(`${cwd}/order.txt`, 'utf8')).toBe('7 pieces');
  });

  test('when nobody says in time how much to pay then the named people are asked about the value of the page', async () => {
    const cwd = projectWith(exampleOf('Pay a bill'));
    expect(await portiaHere(['run-plan', 'plan.yaml'], { cwd })).toMatchObject({ code: 8 });
    await sleep(1_000);
    const waiting = await portiaHere(['resume', 'last'], { cwd });
    expect(waiting).toMatchObject({ code: 8, stderr: expect.stringContaining('Pay 900?') as string });
    const refused = await portiaHere(['answer', 'last', 'verify=yes'], { cwd });
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringMatching(/ann.*ben.*cleo/) as string });
  });
});
