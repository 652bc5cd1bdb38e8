import { expect, test } from 'vitest';

import { hostsOfOneTest, moduleOf } from './hosts-at-work.js';

test.each([
  ['replaces a part of the language', 'Array.prototype.map = () => { throw new Error("spoilt"); };'],
  ['adds to what every object inherits', 'Object.prototype.then = (resolve) => resolve("spoilt"); return null;'],
  ['takes a global function away', 'globalThis.setTimeout = undefined;'],
  ['replaces the console', 'console.log = () => { throw new Error("spoilt"); };'],
  [
    'makes a global object throw',
    'Object.defineProperty(globalThis, "JSON", { get() { throw new Error("spoilt"); } });',
  ],
  [
    'answers for others',
    'const send = process.send; process.send = (m) => send.call(process, { ...m, value: "spoilt" });',
  ],
  ['hears its messages itself', 'process.emit = () => true;'],
  ['stops listening', 'process.removeAllListeners("message");'],
  ['takes its variables away', 'process.env = {};'],
  ['lets nobody read new files', 'process.umask(0o777);'],
])('when a call %s then that meets no other call', async (_what, body) => {
  const own = hostsOfOneTest({ most: 1 });
  await own.call(await own.tool(body)).catch(() => undefined);
  const next = await own.tool(
    `
    const { writeFileSync, readFileSync } = require('node:fs');
    await new Promise((resolve) => setTimeout(resolve, 1));
    console.log('printed');
    writeFileSync('mode', JSON.stringify([process.env.PATH !== undefined]));
    const { mode } = require('node:fs').statSync('mode');
    return { mode: mode & 0o400, has: JSON.parse(readFileSync('mode', 'utf8')).map(String) };`,
    'once',
  );
  expect(await own.call(next)).toEqual({ kind: 'output', value: { mode: 0o400, has: ['true'] } });
});

test('when a module changes such things as it is loaded then its calls share a process all the same', async () => {
  const own = hostsOfOneTest({ most: 1 });
  own.put(
    'tool.mjs',
    `Array.prototype.last = function () { return this.at(-1); };\n${moduleOf('return process.pid;')}`,
  );
  const tool = { tool: await own.firstTool('tool.mjs'), body: '' };
  expect(await own.call(tool)).toEqual(await own.call(tool));
});
