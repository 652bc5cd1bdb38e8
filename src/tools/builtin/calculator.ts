import * as z from 'zod';

import { messageOf } from '../../domain/errors.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import type { ToolResult } from '../tool.js';
import { QuestionRefused, readQuestion, type Calculation } from './calculator-question.js';
import { cutText } from '../../domain/values/cut-text.js';
import {
  add,
  ArithmeticRefused,
  cubeRoot,
  divide,
  fromDecimal,
  modulo,
  multiply,
  negate,
  power,
  squareRoot,
  subtract,
  toJsonNumber,
  type Exact,
} from './exact-number.js';

export const calculatorTool = defineTool({
  id: 'calculator_tool',
  name: 'Calculator Tool',
  description:
    'Calculates one arithmetic question exactly: + - * / ^ mod, brackets, percentages of a number, square and cube ' +
    'roots, in symbols or plain English words. All numbers must be in the question, written with digits.',
  effect: 'read',
  isPublic: true,
  args: z.object({
    math_question: z.string().describe('The arithmetic, e.g. "(1 + 2) * 3", "10% of 50" or "subtract 3 from 10".'),
  }),
  output: z.number(),
  run: async (_context, { math_question: question }) => calculate(question),
});

const HINT = ' Write plain arithmetic with digits, such as "(1 + 2) * 3", "10% of 50" or "square root of 16".';

async function calculate(text: string): Promise<ToolResult> {
  try {
    return { kind: 'output', value: toJsonNumber(await evaluate(readQuestion(text))) };
  } catch (error) {
    if (!(error instanceof QuestionRefused) && !(error instanceof ArithmeticRefused)) throw error;
    const shown = JSON.stringify(cutText(text, 100));
    const hint = error instanceof QuestionRefused ? HINT : '';
    const message = `Cannot calculate ${shown}: ${messageOf(error)}.${hint}`;
    return notDone(message, true);
  }
}

async function evaluate({ expression, numbers }: Calculation): Promise<Exact> {
  const { Parser } = await import('expr-eval-fork');
  // The parser handles places in this table, because the numbers themselves are not doubles.
  const table = numbers.map(fromDecimal);
  const at = (place: number) => table[place] ?? fromDecimal('0');
  const unary = (operate: (a: Exact) => Exact) => (a: number) => table.push(operate(at(a))) - 1;
  const binary = (operate: (a: Exact, b: Exact) => Exact) => (a: number, b: number) =>
    table.push(operate(at(a), at(b))) - 1;
  const parser = Object.assign(new Parser({ allowMemberAccess: false }), {
    consts: {},
    functions: {},
    ternaryOps: {},
    unaryOps: { '-': unary(negate), '+': unary((a) => a), sqrt: unary(squareRoot), cbrt: unary(cubeRoot) },
    binaryOps: {
      '+': binary(add),
      '-': binary(subtract),
      '*': binary(multiply),
      '/': binary(divide),
      '%': binary(modulo),
      '^': binary(power),
    },
  });
  const places = Object.fromEntries(numbers.map((_number, place) => [`n${place}`, place]));
  return at(parser.parse(expression).evaluate(places));
}
