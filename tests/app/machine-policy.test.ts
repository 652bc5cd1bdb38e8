import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createServices } from '../../src/app/services.js';
import { thisProcess } from '../../src/app/this-process.js';
import { cleanEnvironment, makeProject } from '../support/portia.js';

test('when the machine asks about calls then neither a flag nor the settings of a user allow them', async () => {
  const cwd = makeProject({
    'portia.json': { approvals: { pay: 'allow' } },
    'policy.json': { approvals: { pay: [{ when: '$args.amount > 10', then: 'ask' }] } },
  });
  const { policy } = await createServices({
    place: { cwd, environment: cleanEnvironment(cwd, {}) },
    process: { ...thisProcess(), machinePolicy: join(cwd, 'policy.json') },
    given: { flags: { approve: ['pay'] } },
  });
  const judge = await policy();
  expect(await judge('pay', { amount: 11 })).toEqual({ policy: 'ask' });
  expect(await judge('pay', { amount: 10 })).toEqual({ policy: 'allow' });
});
