import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject, portia } from '../support/portia.js';
import { onlyRun } from '../support/scenario.js';

/** Writes down every folder that the program lists. */
const SPY = `
const fs = require('node:fs');
const { readdirSync } = fs;
fs.readdirSync = (path, ...rest) => {
  fs.appendFileSync(process.env.LISTED, String(path) + '\\n');
  return readdirSync(path, ...rest);
};
require('node:module').syncBuiltinESMExports();
`;

const steps = ['a', 'b'].map((name) => ({ kind: 'user_input', message: `${name}?`, output: name }));
const files = { 'ask.json': { plan_context: { query: 'ask two things', tool_ids: [] }, steps }, 'spy.cjs': SPY };

describe('when a run is named by its whole id', () => {
  test('then show, answer and resume list neither plans/ nor runs/', async () => {
    const cwd = makeProject(files);
    const env = { NODE_OPTIONS: `--require ${join(cwd, 'spy.cjs')}`, LISTED: join(cwd, 'listed') };
    await portia(['run-plan', 'ask.json'], { cwd });
    const { id } = onlyRun(cwd);
    const listedBy = async (...args: string[]): Promise<string[]> => {
      writeFileSync(env.LISTED, '');
      expect((await portia(args, { cwd, env })).stderr).not.toContain('"error"');
      return readFileSync(env.LISTED, 'utf8').split('\n');
    };
    const all = [join(cwd, 'runs'), join(cwd, 'plans')];
    expect(await listedBy('show', id.slice(-8))).toContain(all[0]);
    for (const args of [
      ['show', id],
      ['answer', id, 'a=1'],
      ['resume', id, '--answer', 'b=2'],
    ]) {
      const listed = await listedBy(...args);
      expect(listed.filter((folder) => all.includes(folder))).toEqual([]);
    }
    expect(onlyRun(cwd).state).toBe('COMPLETE');
  });
});
