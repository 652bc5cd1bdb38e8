import { expect, test } from 'vitest';

import { PathMap } from '../../src/executor/path-map.js';

const PATHS = ['1', '1[0].steps.0', '1[7].steps.0', '1[7].steps.1.branches.0.steps.2', '1[7].steps.3[2].steps.0', '12'];

test('when paths are in loops, in branches and outside then each has its own value', () => {
  const map = new PathMap<string>();
  for (const path of PATHS) map.set(path, path);
  for (const path of PATHS) expect(map.get(path)).toBe(path);
  for (const path of ['0', '1[1].steps.0', '1[7].steps.1', '1[8].steps.3[2].steps.0']) {
    expect(map.get(path)).toBeUndefined();
  }
});

test('when what is inside a loop is forgotten then so are the loops in it, and nothing else', () => {
  const map = new PathMap<string>();
  for (const path of PATHS) map.set(path, path);
  map.forgetInside('1');
  expect(PATHS.filter((path) => map.get(path) !== undefined)).toEqual(['1', '12']);
});
