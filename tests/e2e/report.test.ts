import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { hasChromium } from '../support/chromium.js';
import { completeRun, makeExampleProject } from '../support/example-project.js';
import { hostileProject, HOSTILE, waitingRun } from '../support/hostile-project.js';
import { DESK, expectNoFaults, openBrowser, PHONE } from '../support/page-browser.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { makeToolProject } from '../support/tool-project.js';
import { openPortia } from '../support/scenario.js';

const MAIL_TOOL = `import { defineTool } from 'portia';
import * as z from 'zod';
let calls = 0;
export const rate = defineTool({ id: 'rate', name: 'Rate', description: 'The rate.', effect: 'read', args: z.object({}), output: z.any(),
  run: async () => (calls += 1) === 1 ? { kind: 'failure', message: 'busy', retryable: true, notDone: true } : 1.5 });
export const mail = defineTool({ id: 'mail', name: 'Mail', description: 'Sends.', effect: 'once',
  args: z.object({ to: z.string(), body: z.string() }), output: z.any(), run: async (_context, { to }) => 'sent to ' + to });
`;

const MAIL_PLAN = {
  plan_context: { query: 'Remind the customer', tool_ids: ['rate', 'mail'] },
  plan_inputs: [{ name: '$tone', default: 'friendly' }],
  steps: [
    { kind: 'tool', name: 'Dollar rate', tool_id: 'rate', args: {}, output: '$rate', retries: 2 },
    {
      kind: 'compute',
      name: 'Orders',
      expression: "[{'id': 'O-1', 'eur': 1200.5}, {'id': 'O-2', 'eur': 7}]",
      output: '$orders',
    },
    {
      kind: 'tool',
      name: 'Send it',
      tool_id: 'mail',
      args: { to: 'ada@example.com', body: 'Please pay.' },
      output: '$mail',
    },
  ],
};

/** The report as people read it: without tags, one space between words. */
function textOf(html: string): string {
  return html
    .replace(/^[\s\S]*<main/, '<main')
    .replaceAll(/<title[\s\S]*?<\/title>|<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
}

async function report(args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await portiaHere(['report', ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Its third step was agreed to with another text. */
async function remindedRun(cwd: string): Promise<Run> {
  const { id, outputs } = await waitingRun(cwd, 'plan.json');
  const [question] = outputs.clarifications;
  const answer = JSON.stringify({ yes: { to: 'ada@example.com', body: 'Please pay by Friday.' } });
  const args = ['resume', id, '--by', 'Ben', '--answer', `${question?.id}:=${answer}`];
  const { code, stdout, stderr } = await portiaHere(args, { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as Run;
}

describe('portia report', () => {
  test('when a run is reported then what came of it, its people, acts, values and origin can be read', async () => {
    const cwd = makeToolProject(MAIL_TOOL, { 'plan.json': MAIL_PLAN });
    const run = await remindedRun(cwd);
    const text = textOf(await report(['last'], cwd));
    expect(text).toContain('Remind the customer Done');
    expect(text).toContain('1 call that acts was made, after a yes');
    expect(text).toContain('Ben answered 1 question');
    expect(text).toContain('Step 1, Dollar rate, failed once and was done at the second try.');
    expect(text).toContain('Steps done 3 of 3');
    expect(text).toMatch(
      /mail to ada@example\.com, body Please pay\. (?:waited \d+ s )?yes, with changes by Ben, on the command line, /,
    );
    expect(text).toMatch(/body Please pay\. Please pay by Friday\./);
    expect(text).toMatch(/3 mail to ada@example\.com, body Please pay by Friday\. Ben [0-9a-f]{8}/);
    expect(text).toContain('$tone friendly input, the default');
    expect(text).toContain('$orders step 2, 2 items id eur O-1 1,200.5 O-2 7');
    expect(text).toContain(`Run ${run.id} Plan ${run.plan_id} Digest of the plan ${run.plan_digest}`);
    expect(text).toContain('none: all calls were real');
  });

  test('when a run waits, failed, was cancelled or replaced its tools then the report says so', async () => {
    const cwd = makeToolProject(MAIL_TOOL, { 'plan.json': MAIL_PLAN });
    const { id } = await waitingRun(cwd, 'plan.json');
    expect(textOf(await report([id], cwd))).toContain('for an answer to 1 question. It changed nothing outside.');
    await portiaHere(['cancel', id, '--yes'], { cwd });
    expect(textOf(await report([id], cwd))).toContain('Remind the customer Cancelled');
    await portiaHere(['run-plan', 'plan.json', '--stub', 'mail=sent', '--stub', 'rate=2'], { cwd });
    const text = textOf(await report(['last'], cwd));
    expect(text).toContain('It changed nothing outside. mail and rate were replaced by fixed results.');
    expect(text).toContain('Replaced tools mail and rate');
  });

  test('when values are large then they are in the appendix, and larger ones are named by their digest', async () => {
    const steps = [
      { kind: 'compute', expression: "[1..3000].('item ' & $)", output: '$many' },
      { kind: 'compute', expression: "$pad('', 2000000, '0')", output: '$huge' },
      { kind: 'compute', expression: '1', output: '$one' },
    ];
    const cwd = makeExampleProject({ 'large.json': { plan_context: { query: 'large' }, steps } });
    await portiaHere(['run-plan', 'large.json'], { cwd });
    const html = await report(['last'], cwd);
    expect(html.length).toBeLessThan(300_000);
    expect(html).toContain('<a href="#value-%24many">all of it</a>');
    expect(html).toContain('&quot;item 3000&quot;');
    expect(textOf(html)).toMatch(/\$huge step 2, 2\.0 MB, not in this report 0+… SHA-256 [0-9a-f]{64}/);
  });

  test('when a run has 10,000 steps then the report has a row for few of them', async () => {
    const steps = [
      ...Array.from({ length: 300 }, (_, index) => ({ kind: 'compute', expression: '1', output: `$n${index}` })),
      {
        kind: 'for_each',
        over: '[1..300]',
        as: 'n',
        steps: [{ kind: 'compute', expression: '1', output: '$one' }],
        output: '$all',
      },
    ];
    const cwd = makeExampleProject({ 'long.json': { plan_context: { query: 'long' }, steps } });
    expect(await portiaHere(['run-plan', 'long.json', '--format', 'value'], { cwd })).toMatchObject({ code: 0 });
    const text = textOf(await report(['last'], cwd));
    expect(text).toContain('280 more, all done');
    expect(text).toContain('296 more, all done');
  });

  test('when a plan is reported then its picture, inputs and problems can be seen', async () => {
    const cwd = makeToolProject(MAIL_TOOL, { 'plan.json': MAIL_PLAN });
    const html = await report(['plan.json'], cwd);
    expect(html).toContain('<svg class="pic pic-wide"');
    expect(textOf(html)).toContain('Inputs $tone friendly');
    const unknown = makeExampleProject({ 'other.json': { ...MAIL_PLAN, plan_context: { query: 'x' } } });
    expect(textOf(await report(['other.json'], unknown))).toContain('There is no tool mail.');
  });

  test('when two plans or two runs are given then what differs is shown', async () => {
    const cwd = makeToolProject(MAIL_TOOL, {
      'plan.json': MAIL_PLAN,
      'other.json': { ...MAIL_PLAN, steps: MAIL_PLAN.steps.slice(0, 2) },
    });
    expect(textOf(await report(['plan.json', 'other.json'], cwd))).toContain('Send it removed');
    const first = await waitingRun(cwd, 'other.json', '--stub', 'rate=1');
    const second = await waitingRun(cwd, 'other.json', '--stub', 'rate=2');
    const text = textOf(await report([first.id, second.id], cwd));
    expect(text).toMatch(/1 Dollar rate output\.value 1 output\.value 2/);
    expect(text).toContain('Steps done 2 of 2 2 of 2');
    const mixed = await portiaHere(['report', 'plan.json', first.id], { cwd });
    expect(expectError(mixed, { code: 'usage', exit: 2 }).why).toBe('A report compares two plans, or two runs.');
    const three = await portiaHere(['report', 'a', 'b', 'c'], { cwd });
    expectError(three, { code: 'usage', exit: 2 });
  });

  test('when a run was exported, redacted, or comes without its log then it is reported as far as it goes', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    await portiaHere(['export', id, '--redact', '-o', 'shared.ndjson'], { cwd });
    const { stdout } = await portiaHere(['show', id], { cwd });
    writeFileSync(join(cwd, 'alone.json'), stdout.replaceAll(id, 'prun-019a0000-0000-7000-8000-0000000000b1'));
    const shared = textOf(await report(['shared.ndjson'], cwd));
    expect(shared).toContain('Done');
    expect(shared).toContain('[redacted: number]');
    expect(textOf(await report([id, '--redact'], cwd))).toContain('[redacted: number]');
    expect(textOf(await report(['./alone.json'], cwd))).toContain('none: the run comes from another program');
  });

  test('when a report would go to a terminal, or is of nothing, then it is refused', async () => {
    const cwd = makeExampleProject();
    await completeRun(cwd);
    const terminal = openPortia(['report', 'last'], { cwd });
    expect(await terminal.exit()).toMatchObject({ code: 2 });
    expect(terminal.screen()).toContain('portia report last -o report.html');
    expectError(await portiaHere(['report', 'prun-019a0000-0000-7000-8000-0000000000ff'], { cwd }), {
      code: 'not-found',
      exit: 2,
    });
    expectError(await portiaHere(['report', 'last', '--fields', 'id'], { cwd }), { code: 'usage', exit: 2 });
  });
});

describe.runIf(hasChromium())('in Chromium', () => {
  test('when texts of others are hostile then the report loads nothing, runs nothing, and can be read by everybody', async () => {
    const cwd = hostileProject();
    const { id } = await waitingRun(cwd, 'rounds.json');
    await portiaHere(['resume', id, '--answer', 'minimum:=3'], { cwd });
    await waitingRun(cwd, 'send.json');
    await waitingRun(cwd, 'ask.json');
    const files = {
      'run.html': [id],
      'asks.html': ['last'],
      'plan.html': ['a.json'],
      'plans.html': ['a.json', 'b.json'],
      'runs.html': [id, 'last'],
    };
    for (const [file, what] of Object.entries(files)) {
      const { code } = await portia(['report', ...what, '-o', file], { cwd });
      expect([file, code]).toEqual([file, 0]);
    }
    expect(readFileSync(join(cwd, 'run.html'), 'utf8')).not.toContain(HOSTILE);
    const browser = await openBrowser();
    const at = { url: pathToFileURL(`${cwd}/`).href, paths: Object.keys(files) };
    await expectNoFaults(browser, { ...at, look: { viewport: PHONE, colorScheme: 'dark' } });
    await expectNoFaults(browser, { ...at, paths: ['run.html'], look: { viewport: DESK } });
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(new URL('run.html', at.url).href);
    expect(asked).toEqual([new URL('run.html', at.url).href]);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });
});
