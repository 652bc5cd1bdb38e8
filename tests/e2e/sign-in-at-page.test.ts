import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { printedError } from '../support/scenario.js';

const signIn = async (args: string[], settings: object = {}) =>
  portiaHere(['tools', 'sign-in', ...args], {
    cwd: makeProject({ 'portia.json': { tools: { settings: { browser_tool: settings } } } }),
  });

test.each([[[]], [['shop']], [['ftp://shop.test/']]])('when the address is %j then it is refused', async (args) => {
  const { code, stderr } = await signIn(args);
  expect(code).toBe(2);
  expect(printedError(stderr)).toMatchObject({
    code: 'usage',
    fix: 'portia tools sign-in https://shop.example.org/',
  });
});

test('when there is no browser then it says which part is missing, and how to get it', async () => {
  const { code, stderr } = await signIn(['https://shop.test/'], { playwright: './nowhere' });
  expect(code).toBe(2);
  expect(printedError(stderr)).toMatchObject({
    code: 'invalid-settings',
    why: expect.stringContaining('The package playwright-core is not in'),
    fix: expect.stringContaining('npm install playwright-core'),
  });
});

test('when there is no screen then it says so', async () => {
  const parts = { executable: '/bin/sh', no_sandbox: true };
  const { code, stderr } = await signIn(['https://shop.test/'], parts);
  expect(code).toBe(2);
  expect(printedError(stderr)).toMatchObject({ message: 'There is no screen for a window here.' });
});
