import { describe, expect, test } from 'vitest';

import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { openClarifications } from '../../src/domain/run/clarification.js';
import type { Run } from '../../src/domain/run/run.js';
import type { SaidReadiness } from '../../src/tools/tool.js';
import { Bench, outputsOf, planOf } from './bench.js';
import { drivePastKills, eventsIn } from './drive-past-kills.js';
import { scriptedTool, textsOf, type ScriptedTool } from './scripted-tool.js';

/** Providers at which a person signs in, and tools that wait for that. */
class World {
  readonly signedIn = new Set<string>();
  /** How often a tool was asked whether it is ready. */
  asked = 0;

  tool(id: string, provider: string, url = `https://${provider}.example/sign-in`): ScriptedTool {
    const ready = (): SaidReadiness => {
      this.asked += 1;
      if (this.signedIn.has(provider)) return { ready: true };
      const action = {
        category: 'Action' as const,
        user_guidance: `Sign in at ${provider}.`,
        action_url: url,
        provider,
      };
      return { ready: false, clarifications: [action] };
    };
    return scriptedTool(id, { ready, acts: (args) => `${id}(${String(args['text'] ?? '')})` });
  }
}

const call = (tool_id: string, more: object = {}) => ({
  kind: 'tool',
  tool_id,
  args: {},
  output: `$${tool_id}`,
  ...more,
});
const openIn = (run: Run) => openClarifications(run).map(({ user_guidance: text, source }) => [text, source]);

/** The first step is seen to happen; what follows needs sign-ins. */
const first = { kind: 'compute', expression: '1', output: '$one' };
const mailAndCalendar = planOf([first, call('mail'), call('calendar')]);

describe('tools for which a person signs in', () => {
  test('when two wait for one provider then one question is asked before the first step', async () => {
    const world = new World();
    const tools = [world.tool('mail', 'alpha'), world.tool('calendar', 'alpha', 'https://alpha.example/other')];
    const bench = new Bench({ tools });
    const run = await bench.start(mailAndCalendar);
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' }, steps: [] });
    expect(openIn(run)).toEqual([['Sign in at alpha.', 'The mail, The calendar']]);
    expect(await bench.story()).toEqual([
      'run.created',
      'run.started',
      'readiness.checked',
      'clarification.raised action',
      'run.paused clarification',
    ]);
    world.signedIn.add('alpha');
    const done = await bench.resume(run.id);
    expect(done).toMatchObject({ state: 'COMPLETE' });
    expect(done.outputs.clarifications).toMatchObject([{ resolved: true, response: true, channel: 'tool' }]);
    expect(await bench.story()).toEqual(expect.arrayContaining(['readiness.checked', 'run.completed']));
  });

  test('when they wait for several providers then all is asked together, and one that is done is not open any more', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha'), world.tool('calendar', 'beta')] });
    const run = await bench.start(mailAndCalendar);
    expect(openIn(run).map(([text]) => text)).toEqual(['Sign in at alpha.', 'Sign in at beta.']);
    world.signedIn.add('alpha');
    expect(openIn(await bench.resume(run.id)).map(([text]) => text)).toEqual(['Sign in at beta.']);
  });

  test('when a run is resumed in vain then nothing is asked a second time', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha'), world.tool('calendar', 'alpha')] });
    let run = await bench.start(mailAndCalendar);
    for (let times = 0; times < 3; times += 1) run = await bench.resume(run.id);
    expect(run.outputs.clarifications).toHaveLength(1);
  });

  test('when a tool gives another address then that one is asked instead', async () => {
    const world = new World();
    const before = new Bench({ tools: [world.tool('mail', 'alpha'), world.tool('calendar', 'alpha')] });
    const { id } = await before.start(mailAndCalendar);
    const other = [world.tool('mail', 'alpha', 'https://alpha.example/new'), world.tool('calendar', 'alpha')];
    const run = await new Bench({ store: before.store, tools: other }).resume(id);
    expect(openClarifications(run)).toMatchObject([{ action_url: 'https://alpha.example/new' }]);
  });

  const asksFor = planOf([
    first,
    { kind: 'for_each', over: '[]', as: '$item', steps: [call('looped')] },
    { kind: 'if', branches: [{ when: '$one = 2', steps: [call('branched')] }], else: [call('otherwise')] },
    { kind: 'plan', plan: planOf([call('inner')]), inputs: {}, output: '$plan' },
    { kind: 'compute', expression: '$missing.x', output: '$never', on_error: [call('rescue')] },
  ]);

  test('when a step in a loop, a branch, a plan inside or on_error may call a tool then it is asked, too', async () => {
    const world = new World();
    const ids = ['looped', 'branched', 'otherwise', 'inner', 'rescue'];
    const bench = new Bench({ tools: ids.map((id) => world.tool(id, id)) });
    const run = await bench.start(asksFor);
    expect(openIn(run).map(([, source]) => source)).toEqual(ids.map((id) => `The ${id}`));
    expect(run.steps).toEqual([]);
  });

  test('when only finished steps call a tool then it is not asked on resume', async () => {
    const world = new World();
    world.signedIn.add('alpha');
    const verify = { kind: 'user_verify', message: 'Continue?' };
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')] });
    const run = await bench.start(planOf([call('mail'), verify, first]));
    world.signedIn.delete('alpha');
    world.asked = 0;
    expect(await bench.resume(run.id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
    expect(world.asked).toBe(0);
  });
});

describe('an answer to what a tool waits for', () => {
  const branching = (when: string) =>
    planOf([first, { kind: 'if', branches: [{ when, steps: [call('mail')] }] }, { ...first, output: '$last' }]);

  test('when it says done and the tool does not then it is asked again, and only once at a time', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')] });
    const { id } = await bench.start(planOf([call('mail')]));
    await bench.resume(id, { action: true });
    const run = await bench.resume(id, { action: true });
    expect(openIn(run)).toEqual([['This is not done yet, says The mail. Sign in at alpha.', 'The mail']]);
  });

  test('when it is skip and no call needs it then the run is complete, and the tool was never called', async () => {
    const world = new World();
    const mail = world.tool('mail', 'alpha');
    const bench = new Bench({ tools: [mail] });
    const { id } = await bench.start(branching('$one = 2'));
    expect(await bench.resume(id, { action: 'skip' })).toMatchObject({ state: 'COMPLETE' });
    expect(textsOf(mail)).toEqual([]);
  });

  test('when it is skip and a call needs it then the run waits there, and cannot skip it again', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')] });
    const { id } = await bench.start(branching('$one = 1'));
    const waiting = await bench.resume(id, { action: 'skip' });
    expect(waiting).toMatchObject({ state: 'NEED_CLARIFICATION', outputs: { step_outputs: { $one: { value: 1 } } } });
    expect(openClarifications(waiting)).toMatchObject([{ category: 'Action', provider: 'alpha' }]);
    expect(openClarifications(waiting)[0]).not.toHaveProperty('may_skip');
    expect(await bench.resume(id)).toMatchObject({ state: 'NEED_CLARIFICATION' });
    world.signedIn.add('alpha');
    const done = await bench.resume(id);
    expect(done).toMatchObject({ state: 'COMPLETE' });
    expect(outputsOf(done)).toMatchObject({ $mail: 'mail()', $last: 1 });
  });

  test('when a plan inside needs what was skipped then the run around it waits', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')] });
    const outer = planOf([first, { kind: 'plan', plan: planOf([call('mail')]), inputs: {}, output: '$plan' }]);
    const { id } = await bench.start(outer);
    const waiting = await bench.resume(id, { action: 'skip' });
    expect(openIn(waiting)).toEqual([['Sign in at alpha.', 'The mail']]);
    expect(waiting.state).toBe('NEED_CLARIFICATION');
    world.signedIn.add('alpha');
    expect(outputsOf(await bench.resume(id))).toMatchObject({ $plan: 'mail()' });
  });

  test('when two steps side by side need what was skipped then it is asked once', async () => {
    const world = new World();
    const bench = new Bench({ tools: [world.tool('mail', 'alpha'), world.tool('calendar', 'alpha')], jobs: 4 });
    const { id } = await bench.start(mailAndCalendar);
    const waiting = await bench.resume(id, { action: 'skip' });
    expect(openIn(waiting)).toEqual([['Sign in at alpha.', 'The mail, The calendar']]);
    world.signedIn.add('alpha');
    expect(await bench.resume(id)).toMatchObject({ state: 'COMPLETE' });
  });
});

/** Somebody who does what is asked and says so. */
function person(does: (question: string) => void): ClarificationHandler & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async ask(questions) {
      for (const { user_guidance: text } of questions) {
        asked.push(text);
        does(text);
      }
      return questions.map(({ id }) => ({ id, response: true, channel: 'prompt' as const }));
    },
  };
}

describe('while a run is driven', () => {
  test('when somebody is there then the run continues once it is done', async () => {
    const world = new World();
    const handler = person(() => world.signedIn.add('alpha'));
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')], handler });
    expect(await bench.start(planOf([call('mail')]))).toMatchObject({ state: 'COMPLETE' });
    expect(handler.asked).toEqual(['Sign in at alpha.']);
  });

  test('when somebody only says that it is done then the run pauses in the end', async () => {
    const world = new World();
    const handler = person(() => undefined);
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')], handler });
    const run = await bench.start(planOf([call('mail')]));
    expect(run.state).toBe('NEED_CLARIFICATION');
    expect(handler.asked).toHaveLength(5);
    expect(openClarifications(run)).toHaveLength(1);
  });

  test('when a handler watches then it learns from the tool that it is done', async () => {
    const world = new World();
    const handler: ClarificationHandler = {
      async ask(questions, { signal, untilDone }) {
        world.signedIn.add('alpha');
        const isDone = await Promise.all(questions.map(async (question) => untilDone?.(question, signal)));
        expect(isDone).toEqual([true]);
        return questions.map(({ id }) => ({ id, response: true, channel: 'prompt' as const }));
      },
    };
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')], handler });
    expect(await bench.start(planOf([call('mail')]))).toMatchObject({ state: 'COMPLETE' });
  });

  test('when it is to wait then it looks until the tool is ready, and says once what it waits for', async () => {
    const world = new World();
    const told: Run[] = [];
    const tell = async (run: Run) => {
      told.push(structuredClone(run));
      world.signedIn.add('alpha');
    };
    const bench = new Bench({ tools: [world.tool('mail', 'alpha')], patience: { ms: 3_600_000, tell } });
    expect(await bench.start(planOf([call('mail')]))).toMatchObject({ state: 'COMPLETE' });
    expect(told.map(openIn)).toEqual([[['Sign in at alpha.', 'The mail']]]);
  });

  test('when the time to wait is over then it pauses', async () => {
    const bench = new Bench({
      tools: [new World().tool('mail', 'alpha')],
      patience: { ms: 1, tell: async () => undefined },
    });
    expect(await bench.start(planOf([call('mail')]))).toMatchObject({ state: 'NEED_CLARIFICATION' });
  });
});

describe('a sign-in that ends while a call is made', () => {
  const action = { category: 'Action', user_guidance: 'Sign in again.', action_url: 'https://a.example/in' } as const;
  /** Its sign-in ends with the first call, which asks for it again; `seen`: whether `ready` notices that. */
  function expiring({ seen }: { seen: boolean }) {
    const someone = { signedIn: true };
    const tool = scriptedTool('mail', {
      ready: () =>
        someone.signedIn || !seen
          ? { ready: true }
          : { ready: false, clarifications: [{ ...action, provider: 'alpha', user_guidance: 'Sign in at alpha.' }] },
      acts: (_args, { answers }) => {
        if (someone.signedIn && answers.length > 0) return 'sent';
        someone.signedIn = false;
        return { kind: 'clarifications', clarifications: [action] };
      },
    });
    return { someone, tool };
  }

  test('when the person signs in again before the resume then the tool says so, and no answer is needed', async () => {
    const { someone, tool } = expiring({ seen: true });
    const bench = new Bench({ tools: [tool] });
    const { id, outputs } = await bench.start(planOf([first, call('mail')]));
    expect(outputs.clarifications).toMatchObject([{ user_guidance: 'Sign in again.', resolved: false }]);
    someone.signedIn = true;
    const done = await bench.resume(id);
    expect(done).toMatchObject({ state: 'COMPLETE' });
    expect(outputsOf(done)['$mail']).toBe('sent');
    expect(done.outputs.clarifications).toMatchObject([{ resolved: true, response: true, channel: 'tool' }]);
    expect(tool.calls).toHaveLength(2);
  });

  test('when the tool never said that it is not ready then the person has to say that it is done', async () => {
    const { someone, tool } = expiring({ seen: false });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(planOf([first, call('mail')]));
    someone.signedIn = true;
    expect((await bench.resume(id)).state).toBe('NEED_CLARIFICATION');
    expect(tool.calls).toHaveLength(1);
  });
});

test('when the process dies around any event of a sign-in then nothing is asked or done twice', async () => {
  const plan = planOf([first, call('mail'), call('calendar')]);
  const attempt = async (kill: number | undefined, when: 'before' | 'after') => {
    const world = new World();
    const tools = [world.tool('mail', 'alpha'), world.tool('calendar', 'alpha')];
    let stopped = 0;
    const { run } = await drivePastKills(kill === undefined ? [] : [{ event: kill, when }], {
      plan,
      makeBench: (store) => new Bench({ store, tools }),
      answers() {
        stopped += 1;
        if (stopped > 1) world.signedIn.add('alpha');
        return {};
      },
    });
    const { state, outputs } = run;
    const open = outputs.clarifications.filter(({ resolved }) => !resolved).length;
    return { state, calls: tools.map(({ calls }) => calls.length), asked: outputs.clarifications.length, open };
  };
  const expected = { state: 'COMPLETE', calls: [1, 1], asked: 1, open: 0 };
  expect(await attempt(undefined, 'after')).toEqual(expected);
  const bench = new Bench({ tools: [new World().tool('mail', 'alpha'), new World().tool('calendar', 'alpha')] });
  await bench.start(plan);
  const events = (await eventsIn(bench.store)) + 12;
  // From run.started on: before, there is no run.
  for (let kill = 2; kill <= events; kill += 1) {
    for (const when of ['before', 'after'] as const) {
      const { calls, ...end } = await attempt(kill, when);
      expect({ kill, when, ...end }).toEqual({ kill, when, state: 'COMPLETE', asked: 1, open: 0 });
      // A call that only reads is made again when its result was lost.
      expect(Math.max(...calls)).toBeLessThanOrEqual(2);
    }
  }
});

describe('tools that cannot work', () => {
  const off = () => ({ ready: false as const, why: 'MAIL_KEY is not set.', fix: 'export MAIL_KEY=…' });

  test('when one is off then no run begins', async () => {
    const bench = new Bench({ tools: [scriptedTool('mail', { ready: off, acts: [] })] });
    const started = bench.start(planOf([first, call('mail')]));
    await expect(started).rejects.toMatchObject({ code: 'invalid-settings', details: { why: 'MAIL_KEY is not set.' } });
    expect(await bench.store.listRunIds()).toEqual([]);
  });

  test('when one is off by now then the run is not continued, and stays as it is', async () => {
    let said: SaidReadiness = { ready: true };
    const mail = scriptedTool('mail', { ready: () => said, acts: () => 'sent' });
    const bench = new Bench({ tools: [mail] });
    const run = await bench.start(planOf([{ kind: 'user_verify', message: 'Continue?' }, call('mail')]));
    said = off();
    const resumed = bench.resume(run.id, { verify: true });
    await expect(resumed).rejects.toMatchObject({
      code: 'invalid-settings',
      message: `What is left of ${run.id} needs tools that are off here: mail.`,
    });
    expect((await bench.store.readRun(run.id))?.run).toEqual(run);
    said = { ready: true };
    expect(await bench.resume(run.id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  });
});
