import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';

test.each([
  ['years.csv to json', 'years.json', '[{"Country":"Oman","2020":"1","2019":"2"}]\n'],
  ['years.json to csv', 'years.csv', 'Country,2020,2019\nOman,1,2\n'],
])('when a request is to convert %s then the columns stay in their order', async (what, file, text) => {
  const cwd = makeProject(
    what.startsWith('years.csv')
      ? { 'years.csv': 'Country;2020;2019\nOman;1;2\n' }
      : { 'years.json': '[{"Country": "Oman", "2020": 1, "2019": 2}]' },
  );
  const { code, stderr } = await portiaHere(['run', `convert ${what}`, '--yes'], { cwd });
  expect(code).toBe(0);
  expect(stderr).not.toContain('!');
  expect(readFileSync(join(cwd, file), 'utf8')).toBe(text);
});
