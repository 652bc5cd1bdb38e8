import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { openPortia, printedQuestions } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool that fills in the price of the day. */
const payTool = `import { appendFileSync, readFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

const today = () => Number(readFileSync('price.txt', 'utf8'));

export const pay = defineTool({
  id: 'pay',
  name: 'Pay',
  description: 'Pays.',
  args: z.object({ to: z.string(), amount: z.preprocess((given) => given ?? today(), z.number()) }),
  run(_context, args) {
    appendFileSync('paid.ndjson', JSON.stringify(args) + '\\n');
    return 'paid';
  },
});
`;

const RUN = ['run-plan', 'pay.json'];
const shop = () =>
  makeToolProject(payTool, {
    'price.txt': '12',
    'pay.json': {
      plan_context: { query: 'Pay the shop.', tool_ids: ['pay'] },
      steps: [{ kind: 'tool', tool_id: 'pay', args: { to: 'shop' }, output: '$paid' }],
    },
  });
const setPrice = (cwd: string, price: number) => writeFileSync(join(cwd, 'price.txt'), String(price));
const paid = (cwd: string) =>
  existsSync(join(cwd, 'paid.ndjson')) ? readFileSync(join(cwd, 'paid.ndjson'), 'utf8') : '';

test('when the call is another one than a recorded yes was given to then it is asked again, and says what differs', async () => {
  const cwd = shop();
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd })).code).toBe(0);
  setPrice(cwd, 9999);
  const again = await portiaHere(['resume', 'last'], { cwd });
  expect(again.code).toBe(8);
  expect(printedQuestions(again.stderr).questions).toMatchObject([
    {
      args: { to: 'shop', amount: 9999 },
      user_guidance: expect.stringContaining('amount was 12 and is 9999'),
      selector: 'verify',
    },
  ]);
  expect(paid(cwd)).toBe('');
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(paid(cwd)).toBe('{"to":"shop","amount":9999}\n');
});

test('when the call changes while a person thinks at the terminal then the person is asked again', async () => {
  const cwd = shop();
  const terminal = openPortia(RUN, { cwd });
  await terminal.waitFor(/amount: 12[^]*exactly these 2 arguments\?/);
  setPrice(cwd, 9999);
  terminal.type('y');
  terminal.press('enter');
  await terminal.waitFor(/amount was 12 and is 9999[^]*exactly these 2 arguments\?/);
  expect(paid(cwd)).toBe('');
  terminal.type('n');
  terminal.press('enter');
  expect(await terminal.exit()).toEqual({ code: 9, signal: 0 });
  expect(paid(cwd)).toBe('');
});
