import { isDeepStrictEqual } from 'node:util';

import { describe, expect, test } from 'vitest';

import { FUNCTION_NAMES } from '../../../src/domain/values/names.js';
import type { Json } from '../../../src/domain/values/json.js';
import { placeOf } from '../../../src/domain/plan/step-path.js';
import { makeProject } from '../../support/portia.js';
import { readCases, type BenchmarkCase, type RepliedPlan } from './benchmark-case.js';
import { judgeCase } from './judge-case.js';
import type { Given } from './judge/judge-plan.js';
import { planCase } from './plan-case.js';
import { inFreeOrder } from './free-order.js';
import { playCase } from './play-case.js';
import { SPOILS, spoilPlan, type Spoilt } from './spoil.js';

const CASES = readCases();
const POSSIBLE = CASES.filter(({ expect: { refuses } }) => refuses === undefined);

const faults = (one: BenchmarkCase, given: Given) => judgeCase(one, given).filter(({ why }) => why !== undefined);
const stepsOf = (given: Given) => ('plan' in given ? given.plan.steps : expect.fail(given.error));

describe.each(CASES)('the request $id', (one) => {
  test('when a model replies what is right then that is taken at once', async () => {
    const { given, prompts } = await planCase(one, one.plan);
    expect(faults(one, given)).toEqual([]);
    expect(prompts).toHaveLength(1);
  });

  test('when it is planned then the prompt has the request, and every tool with its arguments', async () => {
    const { prompts } = await planCase(one, one.plan);
    expect(prompts[0]).toContain(`## Request\n${one.request}`);
    for (const id of one.tools) expect(prompts[0]).toMatch(new RegExp(`^${id}\\*?\\(\\w+`, 'm'));
  });

  test('when it is planned then the prompt explains every kind, key and function that its plan has', async () => {
    const { prompts } = await planCase(one, one.plan);
    const [instructions = ''] = prompts[0]?.split('\n## ') ?? [];
    const written = JSON.stringify(one.plan.steps);
    const functions = [...written.matchAll(/\$(\w+)\(/g)].map(([, name = '']) => name);
    const kinds = [...written.matchAll(/"kind":"(\w+)"/g)].map(([, kind = '']) => kind);
    const keys = [
      'on_no',
      'collect',
      'max_iterations',
      'on_limit',
      'output_schema',
      'retries',
      'options',
      'schema',
      'writes',
    ];
    const used = keys.filter((key) => written.includes(`"${key}"`));
    for (const word of [...kinds, ...used]) expect(instructions).toMatch(new RegExp(`\\b${word}\\b`));
    for (const name of functions) expect(instructions).toContain(`$${name}`);
  });
});

test('when a plan is asked for then the prompt has the rules that models break', async () => {
  const [one] = CASES;
  const { prompts } = one === undefined ? expect.fail('no case') : await planCase(one, one.plan);
  for (const name of FUNCTION_NAMES) expect(prompts[0]).toContain(`$${name}`);
  for (const rule of [
    'A name always has its $',
    'These names are functions, and no output may have them',
    '"collect" is evaluated at the end of each round',
    'With "on_no": "continue" and an "output", a no is the value false',
    'A plan cannot run code, begin again by itself,',
    'or use a tool that is not listed. Then, or when a tool for a part is missing, reply {"steps": [], "error": what is missing}',
  ]) {
    expect(prompts[0]).toContain(rule);
  }
});

const SPOILT = POSSIBLE.flatMap((one) => Object.keys(SPOILS).map((what) => ({ id: one.id, what, one })));

test.each(SPOILT)('when the plan for $id has $what then it is mended, or its place is told', async ({ one, what }) => {
  const spoilt = spoilPlan(one.plan, SPOILS[what] ?? expect.fail(what));
  if (spoilt === undefined) expect.fail('no step has anything for this mistake');
  const { given, prompts } = await planCase(one, spoilt.plan, one.plan);
  const [, told] = prompts;
  if (told !== undefined && what === 'no output') expectOutputTold(told, one.plan, spoilt);
  else if (told !== undefined) expect(told.toLowerCase()).toContain(`\n- ${placeOf(spoilt.at).toLowerCase()}`);
  expect(faults(one, given)).toEqual([]);
  // What was mended may call an output otherwise.
  const { given: right } = await planCase(one, one.plan);
  const [play] = one.plays;
  if (play === undefined || !('plan' in given) || isDeepStrictEqual(stepsOf(given), stepsOf(right))) return;
  const happened = await playCase(one, play, { plan: given.plan, folder: makeProject() });
  expect(inFreeOrder(happened)).toEqual(inFreeOrder(play.expected));
});

/** Where a step has no output, or gets another one: what is wrong is in that step or where the name that it had is used. */
function expectOutputTold(prompt: string, { steps }: RepliedPlan, { at, was }: Spoilt): void {
  const places = [`${at}/output`, ...usesOf(steps, String(was['output']), '/steps')].map(placeOf);
  const [, told = ''] = prompt.split('## Your previous reply was rejected\n');
  const lines = told.split('\n').filter((line) => line.startsWith('- '));
  expect(lines).not.toEqual([]);
  for (const line of lines) expect(places).toContain(/^- (.*?): /.exec(line)?.[1]?.replace(/^Step/, 'step'));
}

/** JSON pointers of the texts that use a name. */
function usesOf(value: Json, name: string, pointer: string): string[] {
  if (typeof value === 'string') return new RegExp(`\\${name}\\b`).test(value) ? [pointer] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => usesOf(inner, name, `${pointer}/${key}`));
}
