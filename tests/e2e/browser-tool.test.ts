import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { hasChromium } from '../support/chromium.js';
import { allBytes } from '../support/folder-listing.js';
import { ended, portia, startPortia } from '../support/portia.js';
import { hasScreen, startScreen } from '../support/screen.js';
import { onlyRun, printedQuestions, readEvents, runIds } from '../support/scenario.js';
import { APPROVED, processesIn, project, SHOP, startSite } from './browser-project.js';

describe.runIf(hasChromium())('in Chromium', () => {
  test('when a person agrees then a model orders in a page, with a result of the wanted form', async () => {
    const site = await startSite({
      '/': SHOP,
      '/order': '<title>Thanks</title><p>Order 42',
      '/list.csv': (_request, response) =>
        response.writeHead(200, { 'content-disposition': 'attachment; filename="../../pens.csv"' }).end('pen;1'),
    });
    const output_schema = { type: 'object', properties: { order: { type: 'integer' } }, required: ['order'] };
    const { cwd, env, model, temporary, run } = await project({
      url: `http://localhost:${site.port}/`,
      args: { output_schema },
      steps: [
        { do: 'click', ref: 'Prices' },
        { do: 'type', ref: 'textbox "How many"', text: '7', enter: true },
        { do: 'read' },
        { do: 'screenshot' },
        { do: 'done', result: 'order 42' },
        { do: 'done', result: { order: 42 } },
      ],
    });
    const asked = await run();
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([
      { category: 'User Verification', tool_id: 'browser_tool', facts: { site: `http://localhost:${site.port}/` } },
    ]);
    expect(site.asked).toEqual([]);
    const done = await portia(['resume', 'last', '--answer', '0.verify=yes'], { cwd, env });
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({
      outputs: { final_output: { value: { order: 42 } } },
      usage: { calls: 6 },
    });
    expect(site.asked).toContain('GET /order?n=7');
    expect(model.seen.map(({ images }) => images.length)).toEqual([0, 0, 0, 0, 1, 0]);
    expect(model.seen[3]?.text).toContain('Text:\nOrder 42');
    expect(model.seen[5]?.text).toContain('The result does not fit');
    const { id } = onlyRun(cwd);
    const memory = join(cwd, 'runs', id, 'memory');
    const kept = readdirSync(memory).toSorted((one, other) => extname(one).localeCompare(extname(other)));
    expect(kept).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}\.download$/),
      expect.stringMatching(/^[0-9a-f]{64}\.json$/),
    ]);
    const exchanges = readFileSync(join(memory, kept[1] ?? ''), 'utf8');
    expect(exchanges).toMatch(/"\[image\/jpeg, \d+ kB\]"/);
    expect(exchanges).not.toContain('base64');
    const events = readEvents(cwd, id);
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({
      message: expect.stringContaining('pens.csv was downloaded to'),
    });
    expect(JSON.stringify(events)).not.toContain('base64');
    expect([readdirSync(temporary), processesIn(temporary)]).toEqual([[], []]);
  });

  test('when a page needs a sign-in then the run waits, and the session is there afterwards', async () => {
    let visitor = '';
    const site = await startSite({
      '/': ({ headers }, response) => {
        // Whoever was let in by other means, as by a mail or another device, is known by the cookie.
        if (headers.cookie !== undefined) return void response.end(`<h1>Welcome back, ${headers.cookie}</h1>`);
        visitor = 'visitor=ada';
        response.writeHead(200, { 'set-cookie': `${visitor}; Max-Age=1000; HttpOnly` }).end('<h1>Please sign in</h1>');
      },
    });
    const url = `http://localhost:${site.port}/`;
    const steps = [{ do: 'sign_in' }, { do: 'read' }, { do: 'done', result: 'seen' }];
    const { cwd, env, model, run } = await project({ url, steps });
    const paused = await run(...APPROVED);
    expect(paused.code).toBe(8);
    expect(printedQuestions(paused.stderr).questions).toMatchObject([{ category: 'Action', action_url: url }]);
    const [name = '', ...others] = readdirSync(join(cwd, 'config/browser'));
    expect(others).toEqual([]);
    expect(statSync(join(cwd, 'config/browser', name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, 'config/browser', name), 'utf8')).toContain('ada');
    expect(allBytes(join(cwd, 'runs'))).not.toContain('visitor=ada');
    const resumed = await portia(['resume', 'last', '--answer', 'action=done', ...APPROVED], { cwd, env });
    expect(resumed).toMatchObject({ code: 0 });
    expect(model.seen[1]?.text).toContain('Welcome back, visitor=ada');
  });

  test.runIf(hasScreen())('when a person signs in in the window then the next call is signed in', async () => {
    const signsIn =
      '<h1>Sign in</h1><script>setTimeout(() => (document.cookie = "user=ada; max-age=1000"), 200)</script>';
    const site = await startSite({
      '/': ({ headers }, response) =>
        void response.end(headers.cookie === undefined ? signsIn : `<h1>Hello ${headers.cookie}</h1>`),
    });
    const url = `http://localhost:${site.port}/`;
    const { cwd, env, model, run } = await project({ url, steps: [{ do: 'done', result: 'seen' }] });
    const screen = await startScreen(join(cwd, 'screen'));
    const opened = startPortia(['tools', 'sign-in', url], { cwd, env: { ...env, DISPLAY: screen.display } });
    const hasEnded = ended(opened);
    const kept = join(cwd, 'config/browser');
    while (!existsSync(kept) || !allBytes(kept).includes('ada')) await wait(50);
    screen.end();
    expect(await hasEnded).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`signed in to at localhost:${site.port} is kept`),
    });
    expect(await run(...APPROVED)).toMatchObject({ code: 0 });
    expect(model.seen[0]?.text).toContain('Hello user=ada');
  });

  test('when portia is killed then nothing of the browser is left, and a person is asked what happened', async () => {
    let reached = (): void => undefined;
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    const site = await startSite({ '/': SHOP, '/order': () => reached() });
    const steps = [{ do: 'click', ref: 'button "Buy"' }];
    const { cwd, env, temporary } = await project({ url: `http://localhost:${site.port}/`, steps });
    const child = startPortia(['run-plan', 'plan.json', ...APPROVED], { cwd, env });
    await isReached;
    expect(processesIn(temporary).length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    while (processesIn(temporary).length > 0 || readdirSync(temporary).length > 0) await wait(50);
    const [id = ''] = readdirSync(join(cwd, 'runs')).filter((entry) => entry.startsWith('prun-'));
    const resumed = await portia(['resume', id.replace('.json', ''), ...APPROVED], { cwd, env });
    expect(resumed.code).toBe(8);
    expect(printedQuestions(resumed.stderr).questions).toMatchObject([{ selector: 'outcome' }]);
    expect(site.asked.filter((line) => line.startsWith('GET /order'))).toHaveLength(1);
    expect(runIds(cwd)).toHaveLength(1);
  });

  test('when a page is bound to a host then no link, redirect or address leads out of it', async () => {
    const other: { port: number; asked: string[] } = await startSite({ '/': '<title>Other</title>Out here' });
    const out = `http://127.0.0.1:${other.port}/`;
    const site = await startSite({
      '/': `<title>Shop</title><a href=${out}>Leave</a><a href=/away>Away</a>`,
      '/away': (_request, response) => response.writeHead(302, { location: out }).end(),
    });
    const { model, run } = await project({
      tool: 'browser_tool_for_url',
      url: `http://localhost:${site.port}/`,
      steps: [
        { do: 'open', url: out },
        { do: 'click', ref: 'link "Leave"' },
        { do: 'click', ref: 'link "Away"' },
        { do: 'done', result: 'stayed' },
      ],
    });
    expect(await run(...APPROVED)).toMatchObject({ code: 0 });
    const said = model.seen.map(({ text }) => text).join('\n');
    expect(said).toContain('Only pages of localhost are opened.');
    expect(said).not.toContain('Out here');
  });

  test('when the settings do not say otherwise then nothing of this machine is reached', async () => {
    const site = await startSite({ '/': SHOP });
    const { cwd, run } = await project({
      url: `http://localhost:${site.port}/`,
      steps: [],
      settings: { private_network: false },
    });
    expect((await run(...APPROVED)).code).toBe(1);
    expect(onlyRun(cwd).error).toMatchObject({ message: expect.stringContaining('cannot be opened') });
    expect(site.asked).toEqual([]);
    expect(existsSync(join(cwd, 'config/browser'))).toBe(false);
  });
});
