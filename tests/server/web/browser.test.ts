import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { foundChromium, hasChromium } from '../../support/chromium.js';
import { portiaHere } from '../../support/portia-here.js';
import { serve, type Served } from '../../support/serve-process.js';
import { readRun } from '../../support/scenario.js';
import { makeToolProject } from '../../support/tool-project.js';

/** Would act in a page that took it for HTML, in a text, an attribute, an address or a script. */
const HOSTILE = `"><img src=x onerror="window.acted=1"><script>window.acted=1</script>' onfocus='window.acted=1' \u202e`;

const TOOL = `import { defineTool } from 'portia';
import * as z from 'zod';
const hostile = ${JSON.stringify(HOSTILE)};
export const send = defineTool({ id: 'send', name: hostile, description: hostile, effect: 'once',
  args: z.object({ to: z.string(), text: z.string() }), output: z.any(), run: async (_context, args) => args });
export const ask = defineTool({ id: 'ask', name: hostile, description: 'Asks.', effect: 'read', args: z.object({}), output: z.any(),
  run: (context) => context.answers.length > 0 ? hostile : { kind: 'clarifications', clarifications: [
    { category: 'Action', user_guidance: hostile, action_url: 'javascript:window.acted=1' },
    { category: 'Custom', user_guidance: hostile, name: 'note', data: { [hostile]: [{ [hostile]: hostile }] } },
    { category: 'Multiple Choice', user_guidance: hostile, argument_name: 'size', options: [hostile, 'other'] },
    { category: 'Value Confirmation', user_guidance: hostile, argument_name: 'amount', value: hostile },
  ] } });
`;

const project = () => {
  const plan = (...steps: object[]) => ({ plan_context: { query: HOSTILE, tool_ids: ['send', 'ask'] }, steps });
  return makeToolProject(TOOL, {
    'send.json': plan(
      { kind: 'tool', tool_id: 'send', args: { to: HOSTILE, text: 'Hello' }, output: '$sent' },
      { kind: 'user_verify', message: 'All right?' },
    ),
    'ask.json': plan({ kind: 'tool', tool_id: 'ask', args: {}, output: '$asked' }),
  });
};

const start = async (cwd: string, file: string) =>
  JSON.parse((await portiaHere(['run-plan', file], { cwd })).stdout) as Run;

/** What is wrong with a page for people who read it in another way, and whether a text of others acted. */
async function findFaults(page: Page): Promise<unknown> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const here = globalThis as unknown as {
      axe: { run(): Promise<AxeResults> };
      document: { documentElement: { scrollWidth: number; clientWidth: number } };
      acted?: number;
    };
    const { violations } = await here.axe.run();
    const { scrollWidth, clientWidth } = here.document.documentElement;
    return {
      violations: violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
      acted: here.acted ?? 0,
      isWider: scrollWidth > clientWidth,
    };
  });
}

describe.runIf(hasChromium())('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: foundChromium(), args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  test('when texts of others are hostile then no page lets them act, and all can be read by everybody', async () => {
    const cwd = project();
    const [asking, sending] = [await start(cwd, 'ask.json'), await start(cwd, 'send.json')];
    const server = await serve([], { cwd });
    for (const options of [
      { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
      { viewport: { width: 360, height: 800 }, colorScheme: 'dark' },
    ] as const) {
      const page = await browser.newPage(options);
      await page.goto(server.url);
      for (const path of ['/inbox', '/runs', '/plans', `/runs/${asking.id}/cancel`, `/runs/${sending.id}`]) {
        await page.goto(server.origin + path);
        expect([path, options.colorScheme, await findFaults(page)]).toEqual([
          path,
          options.colorScheme,
          { violations: [], acted: 0, isWider: false },
        ]);
      }
      await page.close();
    }
  });

  test('when a person answers without a script on a phone then the changed call is what is agreed to', async () => {
    const cwd = project();
    const run = await start(cwd, 'send.json');
    const server = await serve(['--by', 'Ada'], { cwd });
    await answerOnPhone(server);
    const [question] = readRun(cwd, run.id).outputs.clarifications;
    expect(question).toMatchObject({ response: { yes: { to: HOSTILE, text: 'Good morning' } }, channel: 'web' });
  });

  async function answerOnPhone(server: Served): Promise<void> {
    const page = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
    await page.goto(server.url);
    await page.getByText('Change the arguments first').click();
    await page.getByLabel('text').fill('Good morning');
    await page.getByRole('button', { name: 'Yes, make this call' }).click();
    await page.getByRole('button', { name: 'Yes, with 1 change' }).click();
    await page.getByText('Recorded:').waitFor();
    await page.close();
  }
});
