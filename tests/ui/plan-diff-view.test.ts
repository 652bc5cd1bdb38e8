import { describe, expect, test } from 'vitest';

import { diffPlans } from '../../src/domain/plan/plan-diff.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import { createPainter } from '../../src/ui/colour.js';
import { planDiffView } from '../../src/ui/plan-diff-view.js';
import { look, planOf, seedPlan } from '../support/view-examples.js';

const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });
const write = (fields: object) => ({ kind: 'tool', tool_id: 'file_writer_tool', args: {}, output: '$w', ...fields });

function view(before: Plan, after: Plan, as = look): string[] {
  const named = { before: { plan: before, name: before.id }, after: { plan: after, name: 'b.json' } };
  return planDiffView({ ...named, changes: diffPlans(before, after) }, as).split('\n');
}

const difference = (before: unknown[], after: unknown[]) => view(planOf(before), planOf(after)).slice(3, -3);

describe('the picture of a difference of plans', () => {
  test('when nothing differs then it says so under the two names', () => {
    expect(view(seedPlan, seedPlan)).toEqual([`--- ${seedPlan.id}`, '+++ b.json', '', 'No differences.', '']);
  });

  test('when steps are added, removed, changed and moved then each is reported by its number', () => {
    const before = planOf([compute('1', '$a'), compute('2', '$b'), write({ args: { filename: 'a.txt', x: 1 } })]);
    const after = planOf([
      write({ args: { filename: 'b.txt', x: 1 }, retries: 2 }),
      compute('1', '$a'),
      { kind: 'for_each', over: '$list', as: 'item', steps: [compute('$item', '$c')] },
    ]);
    expect(view(before, after).slice(3)).toEqual([
      '~  1 ■ file_writer_tool  → $w  was 3',
      '      args.filename  - "a.txt"  + "b.txt"',
      '      retries  + 2',
      '-  2 = compute  2  → $b',
      '+  3 ▸ for each     $item in $list',
      '     3.1 = compute  $item  → $c',
      '',
      '1 added · 1 removed · 1 moved',
      '',
    ]);
  });

  test('when the request, the tools and the inputs differ then they come first, tools without those that stayed', () => {
    const context = (query: string, tool_ids: string[]) => ({ plan_context: { query, tool_ids } });
    const before = planOf([compute('1', '$a')], { ...context('One?', ['a', 'b']), plan_inputs: [{ name: 'city' }] });
    const after = planOf([compute('1', '$a')], {
      ...context('Two?', ['b', 'c', 'd']),
      plan_inputs: [
        { name: 'city', default: 'Rome' },
        { name: 'day', description: 'which day' },
      ],
    });
    expect(view(before, after).slice(3, -3)).toEqual([
      '~ plan',
      '      plan_context.query  - "One?"  + "Two?"',
      '      plan_context.tool_ids  - a  + c, d',
      '~ takes $city',
      '      default  + "Rome"',
      '+ takes $day (required): which day',
    ]);
  });

  test('when a value is long then it is wrapped, and what is left out is counted', () => {
    const long = 'word '.repeat(400);
    const lines = difference([write({ args: { content: 'short' } })], [write({ args: { content: long } })]);
    expect(lines.slice(0, 4)).toEqual([
      '~  1 ■ file_writer_tool  → $w',
      '      args.content',
      '        - "short"',
      `        + "${'word '.repeat(14).trim()}`,
    ]);
    expect(lines.at(-1)).toMatch(/^ {10}… \+1,\d{3} characters$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(look.columns);
  });

  test('when a plan holds what acts on a terminal then it is shown, not done', () => {
    const text = difference(
      [compute('1', '$a')],
      [compute('\u001b[31m', '$a\u202e'), write({ args: { '\u001b': '\u0007' } })],
    ).join('\n');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain(String.raw`$a\u{202e}`);
  });

  test('when there is colour then added is green, removed red, changed yellow', async () => {
    const colour = await createPainter(true);
    const lines = view(planOf([compute('1', '$a'), compute('2', '$b')]), planOf([compute('9', '$a'), write({})]), {
      ...look,
      colour,
    });
    expect(lines).toContain(colour.yellow('~  1 = compute  → $a'));
    expect(lines).toContain(`      expression  ${colour.red('- "1"')}  ${colour.green('+ "9"')}`);
    expect(lines).toContain(colour.red('-  2 = compute  2  → $b'));
    expect(lines.some((line) => line.startsWith('\u001b[32m+  2 ■ file_writer_tool'))).toBe(true);
  });
});
