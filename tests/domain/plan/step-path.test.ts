import { expect, test } from 'vitest';

import { comparePaths, placed, placeOf, stepsAround } from '../../../src/domain/plan/step-path.js';

test.each([
  ['', ''],
  ['/steps/1', 'step 2'],
  ['/steps/1/expression', 'step 2, expression'],
  ['/steps/1/steps/1/branches/0/steps/1/args/to', 'step 2.2.1.2, args, to'],
  ['/steps/3/branches/1/when', 'step 4.2, when'],
  ['/steps/3/else/0/task', 'step 4.else.1, task'],
  ['/steps/3/on_error/0/on_error/1/task', 'step 4.on_error.1.on_error.2, task'],
  ['/steps/0/plan/steps/1/inputs/2/name', 'step 1.2, inputs 3, name'],
  ['/steps/0/plan/plan_context', 'step 1, plan, plan_context'],
  ['/steps/0/args/a~1b', 'step 1, args, a/b'],
  ['/plan_inputs/1/default', 'plan input 2, default'],
  ['/output_schema', 'output_schema'],
])('when a pointer is %s then people read %j', (pointer, place) => {
  expect(placeOf(pointer)).toBe(place);
});

test('when a sentence is about a place then that stands before it', () => {
  expect(placed('/steps/0/when', 'It is wrong.')).toBe('Step 1, when: It is wrong.');
  expect(placed('/output_schema', 'It is wrong.')).toBe('output_schema: It is wrong.');
  expect(placed('', 'It is wrong.')).toBe('It is wrong.');
});

test('when paths are put in the written order then what is done after a failure is last in its step', () => {
  const paths = ['3.branches.1.steps.0', '3.else.0', '3.on_error.0', '3.on_error.1', '4[2].steps.0', '4.on_error.0'];
  expect(paths.toReversed().sort(comparePaths)).toEqual(paths);
});

test.each([
  ['3', []],
  ['3.branches.0.steps.1', ['3']],
  ['4[2].steps.0.else.1', ['4[2].steps.0', '4']],
  ['4.on_error.0', ['4']],
])('when a step is %s then those around it are %j', (path, around) => {
  expect(stepsAround(path)).toEqual(around);
});
