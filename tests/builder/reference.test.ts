import { describe, expect, test } from 'vitest';

import { evaluateExpression } from '../../src/domain/expressions/expression.js';
import { parseTemplate, wholeExpression } from '../../src/domain/expressions/template.js';
import { expr, Input, PortiaError, StepOutput, type Value } from '../../src/index.js';

const STARTED_AT = '2026-11-23T10:00:00.000Z';
const evaluate = async (source: string, variables: { [key: string]: unknown }) =>
  JSON.parse(JSON.stringify(await evaluateExpression(source, variables, { startedAt: STARTED_AT }))) as unknown;

describe('when a reference is written in a text then it is a template', () => {
  test.each([
    [StepOutput('total'), '{{ $total }}'],
    [StepOutput('$total'), '{{ $total }}'],
    [StepOutput(2), '{{ $step_2 }}'],
    [StepOutput('Fetch the page!'), '{{ $Fetch_the_page_ }}'],
    [StepOutput('2nd'), '{{ $_2nd }}'],
    [StepOutput('sum'), '{{ $sum_ }}'],
    [Input('größe'), '{{ $größe }}'],
    [StepOutput('a', 'items.0.price'), '{{ $a.items[0].price }}'],
    [StepOutput('a').at('items').at('-1'), '{{ $a.items[-1] }}'],
    [Input('a', 'first name.true.ünique.x-y'), '{{ $a.`first name`.`true`.`ünique`.`x-y` }}'],
  ])('%s', (reference, template) => {
    expect(String(reference)).toBe(template);
    expect(`Say ${reference}`).toBe(`Say ${template}`);
    expect(JSON.stringify({ reference })).toBe(JSON.stringify({ reference: template }));
    expect(wholeExpression(parseTemplate(template))?.source.trim()).toBe(reference.expression);
  });
});

test.each([
  ['one', [7]],
  ['matrix.0.1', 2],
  ['matrix.1', [3, 4]],
  ['users.1.name', 'y'],
  ['users.-1.name', 'y'],
  ['first name', 5],
  ['null', 6],
  ['and', 7],
])('when the path of a reference is %s then it finds that part', async (path, part) => {
  const a = {
    one: [7],
    matrix: [
      [1, 2],
      [3, 4],
    ],
    users: [{ name: 'x' }, { name: 'y' }],
    'first name': 5,
    null: 6,
    and: 7,
  };
  expect(await evaluate(StepOutput('a', path).expression, { a })).toEqual(part);
});

describe('when an expression is written with parts then they are references and literals', () => {
  const total = StepOutput('total');

  test.each<[string, string]>([
    [expr`${total} > 100`, '$total > 100'],
    [expr`$round(${total.at('net')}, ${2})`, '$round($total.net, 2)'],
    [
      expr`${total} in ${['a', total, { 'b c': total, none: null }]}`,
      '$total in ["a", $total, {"b c": $total, "none": null}]',
    ],
    [expr`$split(${'it\'s "so"\n'}, "\n")`, '$split("it\'s \\"so\\"\\n", "\\n")'],
    [expr`$total.\`first name\` & '\${'`, "$total.`first name` & '${'"],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected);
  });

  test.each<[string, Value]>([
    ['a text with quotes and breaks', 'it\'s "so"\n\\ \u2028'],
    ['an object', { 'a b': [1, -2.5, true, false, null], c: {} }],
  ])('%s evaluates to itself', async (_what, value) => {
    expect(await evaluate(expr`${value}`, {})).toEqual(value);
  });

  test.each([Number.NaN, undefined, () => 1])('%s is refused', (part) => {
    expect(() => expr`${part as unknown as Value}`).toThrow(PortiaError);
  });
});
