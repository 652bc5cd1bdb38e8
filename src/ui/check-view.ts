import type { Problem } from '../domain/errors.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine, printable } from './printable.js';
import { wrapTo } from './text-width.js';

/** Every problem of a document with its place and its fix; one line when there is none. Ends with a newline. */
export function checkView(source: string, problems: Problem[], look: Look): string {
  const { colour, symbols } = look;
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const name = oneLine(source);
  if (problems.length === 0) return `${colour.green(symbols.completed)} ${name} has no problems.\n`;
  const counts = [
    ...(errors === 0 ? [] : [count(errors, 'error')]),
    ...(warnings === 0 ? [] : [count(warnings, 'warning')]),
  ].join(', ');
  return `${[`${name}: ${counts}`, ...problems.flatMap((problem) => ['', ...problemLines(problem, look)])].join('\n')}\n`;
}

function problemLines(problem: Problem, look: Look): string[] {
  const { colour, symbols } = look;
  const mark = problem.severity === 'error' ? colour.red(symbols.failed) : colour.yellow(symbols.warning);
  const [first = '', ...rest] = wrapTo(printable(problem.message), look.columns - 4);
  const place = problem.pointer === '' ? '(the whole)' : oneLine(problem.pointer);
  return [
    `  ${mark} ${first}`,
    ...rest.map((line) => `    ${line}`),
    `    ${colour.dim(`at ${place}  [${problem.rule}]`)}`,
    ...(problem.fix === undefined
      ? []
      : printable(problem.fix)
          .split('\n')
          .map((line) => `    Fix  ${line}`)),
  ];
}
