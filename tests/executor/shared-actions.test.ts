import { expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { Run } from '../../src/domain/run/run.js';
import type { SaidReadiness } from '../../src/tools/tool.js';
import { Bench, outputsOf, planOf } from './bench.js';
import { drivePastKills, eventsIn } from './drive-past-kills.js';
import { scriptedTool, type ScriptedTool } from './scripted-tool.js';

interface Asked {
  provider?: string;
  action_url: string;
}

const ALPHA = { provider: 'alpha', action_url: 'https://alpha.example/sign-in' };

/** A service whose tools ask for a sign-in when they are called, until somebody has signed in. */
class Service {
  isSignedIn = false;

  tool(id: string, asked: Asked = ALPHA): ScriptedTool {
    const request = { category: 'Action' as const, user_guidance: `Sign in for ${id}.`, ...asked };
    return scriptedTool(id, {
      acts: () => (this.isSignedIn ? `${id} done` : { kind: 'clarifications', clarifications: [request] }),
    });
  }
}

const call = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: `$${tool_id}` });
const mailAndCalendar = planOf([call('mail'), call('calendar')]);
const openIn = (run: Run) => openClarifications(run).map(({ user_guidance: text }) => text);
const waitingIn = (run: Run) => run.steps.filter(({ status }) => status === 'waiting').map(({ path }) => path);

test.each([
  ['one provider', ALPHA, { ...ALPHA, action_url: 'https://alpha.example/sign-in?state=2' }],
  ['one address', { action_url: 'https://beta.example' }, { action_url: 'https://beta.example' }],
])('when two calls side by side ask for a sign-in at %s then it is asked once, and both continue', async (_, a, b) => {
  const service = new Service();
  const tools = [service.tool('mail', a), service.tool('calendar', b)];
  const bench = new Bench({ tools, jobs: 4 });
  const run = await bench.start(mailAndCalendar);
  expect(openIn(run)).toEqual(['Sign in for mail.']);
  expect(waitingIn(run)).toEqual(['0', '1']);
  service.isSignedIn = true;
  const done = await bench.resume(run.id, { action: true });
  expect(outputsOf(done)).toEqual({ $mail: 'mail done', $calendar: 'calendar done' });
  expect(done.outputs.clarifications).toHaveLength(1);
  expect(tools.map(({ calls }) => calls.length)).toEqual([2, 2]);
});

test('when they ask for sign-ins at two providers then both are asked', async () => {
  const service = new Service();
  const beta = service.tool('calendar', { provider: 'beta', action_url: ALPHA.action_url });
  const bench = new Bench({ tools: [service.tool('mail'), beta], jobs: 4 });
  expect(openIn(await bench.start(mailAndCalendar))).toEqual(['Sign in for mail.', 'Sign in for calendar.']);
});

test('when somebody only says that it is done then it is asked again, and still once', async () => {
  const service = new Service();
  const bench = new Bench({ tools: [service.tool('mail'), service.tool('calendar')], jobs: 4 });
  const { id } = await bench.start(mailAndCalendar);
  const run = await bench.resume(id, { action: true });
  expect(openClarifications(run)).toHaveLength(1);
  expect(waitingIn(run)).toEqual(['0', '1']);
  service.isSignedIn = true;
  expect(await bench.resume(id, { action: true })).toMatchObject({ state: 'COMPLETE' });
});

test('when a call of a plan inside asks for the same then it is asked once', async () => {
  const service = new Service();
  const bench = new Bench({ tools: [service.tool('mail'), service.tool('calendar')], jobs: 4 });
  const inner = { kind: 'plan', plan: planOf([call('calendar')]), inputs: {}, output: '$plan' };
  const run = await bench.start(planOf([call('mail'), inner]));
  expect(openIn(run)).toEqual(['Sign in for mail.']);
  service.isSignedIn = true;
  const done = await bench.resume(run.id, { action: true });
  expect(outputsOf(done)).toEqual({ $mail: 'mail done', $plan: 'calendar done' });
  expect(done.outputs.clarifications).toHaveLength(1);
});

test('when a tool waits for what a call asked then it is asked once, and is done when the tool says so', async () => {
  const service = new Service();
  let isReady = true;
  const ready = (): SaidReadiness =>
    isReady
      ? { ready: true }
      : { ready: false, clarifications: [{ category: 'Action', user_guidance: 'Sign in.', ...ALPHA }] };
  const post = scriptedTool('post', { ready, acts: () => 'posted' });
  const bench = new Bench({ tools: [service.tool('mail'), post] });
  const { id } = await bench.start(planOf([call('mail'), call('post')]));
  isReady = false;
  const waiting = await bench.resume(id);
  expect(openIn(waiting)).toEqual(['Sign in for mail.']);
  expect(openIn(await bench.resume(id))).toEqual(['Sign in for mail.']);
  isReady = true;
  service.isSignedIn = true;
  const done = await bench.resume(id);
  expect(outputsOf(done)).toEqual({ $mail: 'mail done', $post: 'posted' });
  expect(done.outputs.clarifications).toMatchObject([{ resolved: true, channel: 'tool' }]);
});

test('when the process dies around any event then both continue after the sign-in', async () => {
  const attempt = async (kills: Parameters<typeof drivePastKills>[0]) => {
    const service = new Service();
    const tools = [service.tool('mail'), service.tool('calendar')];
    const { run } = await drivePastKills(kills, {
      plan: mailAndCalendar,
      makeBench: (store) => new Bench({ store, tools, jobs: 4 }),
      answers(stopped) {
        service.isSignedIn ||= stopped !== undefined && openIn(stopped).length > 0;
        return { action: true };
      },
    });
    const asked = run.outputs.clarifications.length;
    return { state: run.state, asked, open: openIn(run), outputs: outputsOf(run) };
  };
  const outputs = { $mail: 'mail done', $calendar: 'calendar done' };
  const bench = new Bench({ tools: [new Service().tool('mail'), new Service().tool('calendar')], jobs: 4 });
  await bench.start(mailAndCalendar);
  const events = (await eventsIn(bench.store)) + 10;
  for (let event = 2; event <= events; event += 1) {
    for (const when of ['before', 'after'] as const) {
      const { asked, ...end } = await attempt([{ event, when }]);
      expect({ event, when, ...end }).toEqual({ event, when, state: 'COMPLETE', open: [], outputs });
      // Whoever answers while a call is not known to wait is asked once more for that one.
      expect(asked).toBeLessThanOrEqual(2);
    }
  }
});
