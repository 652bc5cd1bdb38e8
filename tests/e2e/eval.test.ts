import { describe, expect, test } from 'vitest';

import { addPlan, completeRun, makeExampleProject, pausedRun } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia } from '../support/scenario.js';

const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });
const citiesPlan = addPlan({
  plan_inputs: [{ name: 'city' }],
  steps: [
    compute("[{'name': $city, 'size': 2}, {'name': 'Rome', 'size': 3}]", '$cities'),
    compute("$join($map([1..3000], function() { 'lorem' }))", '$long'),
    { ...compute('1', '$never'), when: 'false' },
  ],
});

/** A project whose only run has an input, a list, a value that is kept aside and a skipped output. */
async function citiesRun(): Promise<string> {
  const cwd = makeExampleProject({ 'cities.json': citiesPlan });
  expect((await portiaHere(['run-plan', 'cities.json', '-i', 'city=London'], { cwd })).code).toBe(0);
  return cwd;
}

describe('portia eval', () => {
  test.each([
    ['an input', '$city', 'London\n'],
    ['an output', '$cities[size > 2].name', 'Rome\n'],
    ['a value that is kept aside', '$length($long)', '15000\n'],
    ['a name that is asked for', '$exists($never) or $exists($nothing)', 'false\n'],
    ['a structure', '$cities[0]', '{\n  "name": "London",\n  "size": 2\n}\n'],
    ['what is evaluated in a thread of its own', '$sort($cities.size, function($a, $b) { $a < $b })[0]', '3\n'],
    ["the run's own time", '$substring($now(), 0, 2)', '20\n'],
  ])('when %s is asked of a run then its value is printed', async (_what, expression, wanted) => {
    const cwd = await citiesRun();
    expect(await portiaHere(['eval', expression, '--run', 'last'], { cwd })).toMatchObject({ code: 0, stdout: wanted });
  });

  test('when the run is evaluated twice then its moment stays the same', async () => {
    const cwd = await citiesRun();
    const { stdout } = await portiaHere(['eval', '$now()', '--run', 'last'], { cwd });
    expect(stdout.trim()).toBe(onlyRun(cwd).metadata.created_at);
  });

  test('when JSON or one line is asked for then it is that', async () => {
    const cwd = makeExampleProject();
    expect((await portiaHere(['eval', '"a"', '--json'], { cwd })).stdout).toBe('"a"\n');
    expect((await portiaHere(['eval', '"a"', '--format', 'value'], { cwd })).stdout).toBe('a\n');
    expect((await portiaHere(['eval', '{"a": 1, "b": 2}', '--format', 'value'], { cwd })).stdout).toBe(
      '{"a":1,"b":2}\n',
    );
    expect((await portiaHere(['eval', '{"a": 1, "b": 2}', '--fields', 'b'], { cwd })).stdout).toBe('{\n  "b": 2\n}\n');
  });

  test('when the value would act on a terminal then it is made visible there', async () => {
    const terminal = openPortia(['eval', '"\u001b[31m"'], { cwd: makeExampleProject(), env: { NO_COLOR: '1' } });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.raw().trim()).toBe(String.raw`\u{1b}[31m`);
  });

  test.each([
    ['it does not parse', '$city &', /Unexpected end of expression \(character \d+\)/],
    ['nothing has a name', '1 + $nowhere', /uses \$nowhere, which nothing defines \(character 5\)/],
    ['a step was skipped', '$never + 1', /uses \$never/],
    ['it gives nothing', '$cities[0].nothing', /gives nothing/],
    ['it gives what JSON has not', '1/0', /Infinity|out of range/i],
    ['it is refused', '$random()', /random/],
    ['it never ends', '($f := function($x) { $f($x + 1) }; $f(1))', /takes longer than (450|900|1800|3600) ms/],
    ['it is empty', '', /character 1/],
  ])('when %s then it exits 2 with the place and the names that there are', async (_what, expression, says) => {
    const cwd = await citiesRun();
    const result = await portiaHere(['eval', expression, '--run', 'last'], { cwd });
    const error = expectError(result, { code: 'invalid-input', exit: 2 });
    expect(result.stdout).toBe('');
    expect(error.message).toMatch(says);
    expect(error.why).toBe('Names in scope: $cities, $long, $city.');
  });

  test('when there is no run then there are no names', async () => {
    const cwd = makeExampleProject();
    expect(await portiaHere(['eval', '1 + 2'], { cwd })).toMatchObject({ code: 0, stdout: '3\n' });
    const error = expectError(await portiaHere(['eval', '$result'], { cwd }), { code: 'invalid-input', exit: 2 });
    expect(error.why).toBe('Names in scope: none.');
  });

  test('when a run waits then what it has so far can be asked', async () => {
    const cwd = makeExampleProject();
    await pausedRun(cwd);
    const error = expectError(await portiaHere(['eval', '$x', '--run', 'last'], { cwd }), {
      code: 'invalid-input',
      exit: 2,
    });
    expect(error.why).toBe('Names in scope: none.');
  });

  test.each([
    [['1', '--run', 'nothing'], 'not-found'],
    [['1', '--run', 'plan.json'], 'not-found'],
    [['1', '+', '2'], 'usage'],
    [['-$result'], 'usage'],
  ])('when %j is typed then the error helps', async (args, code) => {
    const cwd = makeExampleProject();
    await completeRun(cwd);
    expectError(await portiaHere(['eval', ...args], { cwd }), { code, exit: 2 });
  });
});
