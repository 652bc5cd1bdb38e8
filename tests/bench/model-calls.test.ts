import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ended, TESTED_NODE } from '../support/portia.js';

/** A row of the measurement: whether it is good, the calls of portia, those of the Python SDK, and what was done. */
const ROW = /^(?<verdict>ok|MORE) +(?<here>\d+) +(?<there>\d+) +(?<name>.+)$/gm;

test('when model calls are counted then the page for users of the Python SDK has the same table', async () => {
  const bench = spawn(TESTED_NODE, ['tests/bench/run-bench.js', 'model-calls'], { stdio: 'pipe' });
  const { code, stdout, stderr } = await ended(bench, '');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = [...stdout.matchAll(ROW)].map(({ groups = {} }) => groups);
  expect(rows.length).toBeGreaterThan(0);

  const [, section = ''] = readFileSync('docs/from-python.md', 'utf8').split(/^## (?:Model calls|Example agents)$/m);
  const [, , ...table] = section.split('\n').filter((line) => line.startsWith('|'));
  expect(table).toEqual(rows.map(({ name, here, there }) => `| ${name} | ${here} | ${there} |`));
  const saidToBeEqual = [...section.matchAll(/\*(.+?)\*/g)].map(([, name]) => name);
  expect(saidToBeEqual).toEqual(rows.filter(({ here, there }) => here === there).map(({ name }) => name));
});
