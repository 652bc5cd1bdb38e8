import { describe, expect, test } from 'vitest';

import { portiaHere } from '../../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../../support/postgres.js';
import { serve } from '../../support/serve-process.js';
import { liveProject } from './live-project.js';

describe.runIf(HAS_POSTGRES)('pages of runs in PostgreSQL', () => {
  test('when another process records something then an open page is told', async () => {
    const [{ url }, cwd] = [await newStoreUrl(), liveProject()];
    const call = { cwd, env: { PORTIA_STORE: url } };
    const server = await serve(['--by', 'Ada'], call);
    const { body } = await server.get('/events?lists');
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const untilTold = async (times: number) => {
      while (heard.split('changed').length <= times) heard += (await reader?.read())?.value ?? '';
    };
    await untilTold(1);
    const { code } = await portiaHere(['run-plan', 'ask.json', '--no-prompt'], call);
    expect(code).toBe(8);
    await untilTold(2);
    expect(await (await server.get('/inbox')).text()).toContain('How many?');
    await server.stop();
    while ((await reader?.read())?.done === false);
  });
});
