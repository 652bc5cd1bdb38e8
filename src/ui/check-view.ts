import { spellAdvice } from '../domain/next-step.js';
import type { Problem } from '../domain/errors.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { placeOf } from '../domain/plan/step-path.js';
import { wrapTo } from './text-width.js';

/** What was checked: what a person calls it, and the file in which problems stand. */
export interface Checked {
  name: string;
  file: string;
  /** Its absolute path, when it is one. */
  path?: string | undefined;
  /** What a run of it comes to, when it has no errors. */
  summary?: string | undefined;
}

/**
 * Every problem of a document with its place and its fix, then in a few words what a run of it would ask and change.
 * Ends with a newline.
 */
export function checkView(checked: Checked, found: Problem[], look: Look): string {
  const problems = found.filter(({ severity }) => severity !== 'note');
  const notes = [...summaryLines(checked, look), ...noteLines(found, look)];
  return `${[
    headLine(checked.name, problems, look),
    ...problems.flatMap((problem) => ['', ...problemLines(problem, checked, look)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n')}\n`;
}

function headLine(source: string, problems: Problem[], { colour, symbols }: Look): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const name = oneLine(source);
  if (problems.length === 0) return `${colour.green(symbols.completed)} ${name} has no problems.`;
  const counts = [
    ...(errors === 0 ? [] : [count(errors, 'error')]),
    ...(warnings === 0 ? [] : [count(warnings, 'warning')]),
  ];
  return `${name}: ${counts.join(', ')}`;
}

function problemLines(problem: Problem, { file, path }: Checked, look: Look): string[] {
  const { colour, symbols } = look;
  const { line, column, pointer } = problem;
  const mark = problem.severity === 'error' ? colour.red(symbols.failed) : colour.yellow(symbols.warning);
  const [first = '', ...rest] = wrapTo(printable(problem.message), look.columns - 4);
  const isPlaced = line !== undefined && column !== undefined;
  const where = isPlaced ? `${look.link(`${oneLine(file)}:${line}:${column}`, path)}  ` : 'at ';
  const place = oneLine(placeOf(pointer)) || '(the whole)';
  return [
    `  ${mark} ${first}`,
    ...rest.map((text) => `    ${text}`),
    `    ${colour.dim(`${where}${place}  [${problem.rule}]`)}`,
    ...(problem.fix === undefined
      ? []
      : printable(spellAdvice(problem.fix, look.spell))
          .split('\n')
          .map((text) => `    Fix  ${text}`)),
  ];
}

function summaryLines({ summary }: Checked, look: Look): string[] {
  if (summary === undefined) return [];
  return wrapTo(summary, look.columns - 2).map((line) => `  ${look.colour.dim(line)}`);
}

/** Steps that one line names; the others are counted. */
const MAX_NAMED = 12;

function noteLines(found: Problem[], look: Look): string[] {
  const ofRule = (rule: string) => found.filter((problem) => problem.severity === 'note' && problem.rule === rule);
  const asking = ofRule('asks-a-person').map(({ pointer }) => numberOf(pointer));
  const acting = ofRule('acts').map(({ pointer, about = '' }) => `step ${numberOf(pointer)} ${oneLine(about)}`);
  const sending = ofRule('sends').map(({ pointer, about = '' }) => `step ${numberOf(pointer)} ${oneLine(about)}`);
  const parts = [
    ...(asking.length === 0 ? [] : [`asks a person: step${asking.length === 1 ? '' : 's'} ${listed(asking)}`]),
    ...(acting.length === 0 ? [] : [`acts: ${listed(acting)}`]),
    ...(sending.length === 0 ? [] : [`sends: ${listed(sending)}`]),
  ];
  return parts.length === 0
    ? []
    : wrapTo(parts.join('; '), look.columns - 2).map((line) => `  ${look.colour.dim(line)}`);
}

function listed(names: string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${shown} and ${count(names.length - MAX_NAMED, 'more step')}` : shown;
}

/** `/steps/3/branches/0/steps/1` as people count: 4.1.2. */
function numberOf(pointer: string): string {
  return placeOf(pointer).replace(/^step /, '');
}
