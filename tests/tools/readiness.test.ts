import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { PortiaError } from '../../src/domain/errors.js';
import { defineTool } from '../../src/tools/define-tool.js';
import { askReadiness, isOff, shownReadiness } from '../../src/tools/readiness.js';
import type { SaidReadiness, Tool } from '../../src/tools/tool.js';
import { toolContext } from './tool-context.js';

const { environment } = toolContext({ projectRoot: '/nowhere' });

/** A tool that says this of itself; what code of others says may have any form. */
function saying(said: () => unknown, timeoutMs?: number): Tool {
  return defineTool({
    id: 'mail',
    name: 'Mail',
    description: 'Sends mail.',
    args: z.object({}),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ready: said as () => SaidReadiness,
    run: () => 'sent',
  });
}

const ask = async (said: () => unknown, timeoutMs?: number) => askReadiness(saying(said, timeoutMs), { environment });

const action = { category: 'Action', user_guidance: 'Sign in.', action_url: 'https://a.example/in?x=1' };

describe('what a tool says of itself', () => {
  test.each([
    ['it is ready', { ready: true }],
    ['settings lack something', { ready: false, why: 'no key', fix: 'export KEY=…' }],
  ])('when it says that %s then that counts', async (_what, said) => {
    expect(await ask(() => said)).toEqual(said);
    expect(await ask(async () => said)).toEqual(said);
  });

  test('when a person has something to do then it is known where, and for whom', async () => {
    const readiness = await ask(() => ({ ready: false, clarifications: [action] }));
    expect(readiness).toEqual({
      ready: false,
      why: 'Sign in.',
      fix: 'Open https://a.example/in?x=1',
      actions: [{ ...action, provider: 'a.example' }],
    });
    expect(isOff(readiness)).toBe(false);
  });

  test.each([
    ['nothing', undefined, 'Its ready() gave null.'],
    ['a word', 'yes', 'Its ready() gave "yes".'],
    ['true', true, 'Its ready() gave true.'],
    ['no reason', { ready: false }, 'Its ready() gave {"ready":false}, which does not say what is missing.'],
    ['no fix', { ready: false, why: 'x', fix: ' ' }, 'which does not say what is missing'],
    ['no questions', { ready: false, clarifications: [] }, 'which does not say what is missing'],
    ['a function', { ready: () => true }, 'Its ready() gave'],
    [
      'a question',
      { ready: false, clarifications: [{ category: 'Input', user_guidance: '?' }] },
      'run() asks everything else',
    ],
    ['no text', { ready: false, clarifications: [{ ...action, user_guidance: '' }] }, 'it has no user_guidance'],
    [
      'no address',
      { ready: false, clarifications: [{ ...action, action_url: 'javascript:x' }] },
      'not an address of the web',
    ],
    [
      'a strange provider',
      { ready: false, clarifications: [{ ...action, provider: 1 }] },
      'its provider is not a name',
    ],
  ])('when it gives %s then that is refused by name, with the forms that it can have', async (_what, said, why) => {
    const asked = ask(() => said);
    await expect(asked).rejects.toBeInstanceOf(PortiaError);
    await expect(asked).rejects.toMatchObject({
      code: 'tool-failed',
      message: 'The tool mail cannot say whether it is ready.',
      details: { why: expect.stringContaining(why) as string },
    });
  });

  test('when it throws then it is named with what it said, and an error of its own counts', async () => {
    const broken = ask(() => {
      throw new Error('no network');
    });
    await expect(broken).rejects.toMatchObject({
      code: 'tool-failed',
      details: { why: 'Its ready() broke: no network' },
    });
    const own = ask(() => Promise.reject(new PortiaError('unavailable', 'The mail server is down.')));
    await expect(own).rejects.toMatchObject({ code: 'unavailable', message: 'The mail server is down.' });
  });

  test('when it says nothing then its time is over', async () => {
    const silent = ask(async () => new Promise(() => undefined), 20);
    await expect(silent).rejects.toMatchObject({
      code: 'timed-out',
      message: 'The tool mail did not say whether it is ready.',
    });
  });

  test('when many are listed then one that breaks is not ready, and says why', async () => {
    const broken = saying(() => {
      throw new Error('no network');
    });
    expect(await shownReadiness(broken, { environment })).toEqual({
      ready: false,
      why: 'The tool mail cannot say whether it is ready. Its ready() broke: no network',
      fix: 'Correct its ready(), or what it looks at.',
    });
  });

  test('when ready is not a function then the tool is refused', () => {
    const definition = { id: 'a', name: 'A', description: 'A.', args: z.object({}), run: () => 1, ready: true };
    expect(() => defineTool(definition as never)).toThrow('its ready is not a function');
  });
});
