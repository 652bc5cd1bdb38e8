import { diffLines } from 'diff';

import type { Unmet } from '../domain/testing/judge.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { valueChanges } from '../domain/values/json-changes.js';
import { asText, type Json } from '../domain/values/json.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { briefValue, count } from './brief-value.js';
import { changeLines, markedLines, type Mark } from './diff-lines.js';
import type { Look } from './look.js';
import { limitLines } from './step-layout.js';
import { wrapTo } from './text-width.js';

/** A call of a case that no line of its file answers. */
export interface UnansweredCall {
  kind: 'tool' | 'model';
  name?: string | undefined;
  step?: string | undefined;
  content: Json;
  why: string;
}

/** A case that was run, or not. */
export interface ShownCase {
  file: string;
  name: string;
  result?: { unmet: readonly Unmet[]; missed: readonly UnansweredCall[]; problems: readonly string[] } | undefined;
}

/** Every case by its file, with what came out otherwise than expected. Ends with a newline. */
export function testView(cases: readonly ShownCase[], look: Look): string {
  const lines = cases.flatMap((shown, index) => [
    ...(cases[index - 1]?.file === shown.file ? [] : [oneLine(shown.file)]),
    ...caseLines(shown, look),
  ]);
  return `${[...lines, '', totalLine(cases, look)].join('\n')}\n`;
}

function totalLine(cases: readonly ShownCase[], { colour }: Look): string {
  const passed = cases.filter(({ result }) => result !== undefined && isGood(result)).length;
  const left = cases.filter(({ result }) => result === undefined).length;
  const failed = cases.length - passed - left;
  return [
    `${count(cases.length, 'case')}:`,
    [
      colour.green(`${passed} passed`),
      ...(failed === 0 ? [] : [colour.red(`${failed} failed`)]),
      ...(left === 0 ? [] : [`${left} not run`]),
    ].join(', '),
  ].join(' ');
}

function isGood({ unmet, missed, problems }: NonNullable<ShownCase['result']>): boolean {
  return unmet.length + missed.length + problems.length === 0;
}

function caseLines({ name, result }: ShownCase, look: Look): string[] {
  const { colour, symbols } = look;
  if (result === undefined) return [`  ${colour.dim(`${symbols.pending} ${oneLine(name)}  not run`)}`];
  if (isGood(result)) return [`  ${colour.green(symbols.completed)} ${oneLine(name)}`];
  const { missed, unmet, problems } = result;
  const inside = [
    ...missed.flatMap((call) => missedLines(call, look)),
    ...unmet.flatMap((each) => unmetLines(each, look)),
    ...problems.flatMap((text) => wrapTo(printable(text), look.columns - INDENT.length)),
  ];
  return [`  ${colour.red(symbols.failed)} ${oneLine(name)}`, ...inside.map((line) => `${INDENT}${line}`.trimEnd())];
}

const INDENT = '      ';

function missedLines({ kind, name, step, content, why }: UnansweredCall, look: Look): string[] {
  const width = look.columns - INDENT.length;
  const what = kind === 'model' ? 'A model is asked' : `${name ?? ''} is called`;
  const where = step === undefined ? '' : ` in step ${stepNumber(step)}`;
  const head = wrapTo(printable(`${what}${where}, and nothing answers. ${why}`), width);
  if (kind === 'tool') return [...head, `  with ${briefValue(content, width - 7, look)}`];
  return [...head, ...limitLines(wrapTo(printable(asText(content)), width - 2), look, {}).map((line) => `  ${line}`)];
}

function unmetLines({ about, expected, got, note }: Unmet, look: Look): string[] {
  const width = look.columns - INDENT.length;
  const has = got === undefined ? 'nothing' : briefValue(got, width, look);
  const whole = `${about}: expected ${briefValue(expected, width, look)}, got ${has}`;
  const notes = note === undefined ? [] : wrapTo(printable(note), width - 2).map((line) => `  ${line}`);
  if (typeof expected === 'string' && typeof got === 'string' && `${expected}${got}`.includes('\n'))
    return [`${oneLine(about)} differs:`, ...textLines(expected, got, look), ...notes];
  if (Array.isArray(expected) && Array.isArray(got))
    return [
      `${oneLine(about)} differs (- expected, + got):`,
      ...expected.flatMap((item) => itemLines('-', item, look)),
      ...got.flatMap((item) => itemLines('+', item, look)),
      ...notes,
    ];
  if (isNested(expected) && isNested(got))
    return [
      `${oneLine(about)} differs (- expected, + got):`,
      ...changeLines(valueChanges(expected, got), look),
      ...notes,
    ];
  return [...wrapTo(printable(whole), width), ...notes];
}

function itemLines(mark: Mark, item: Json, look: Look): string[] {
  const lines = wrapTo(printable(asText(item)), look.columns - INDENT.length - 4);
  return markedLines(mark, lines, look).map((line) => `  ${line}`);
}

function isNested(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function textLines(expected: string, got: string, look: Look): string[] {
  const parts = diffLines(expected, got).filter(({ added, removed }) => added || removed);
  return parts.flatMap(({ added, value }) =>
    markedLines(added ? '+' : '-', wrapTo(printable(value.trimEnd()), look.columns - 10), look).map(
      (line) => `  ${line}`,
    ),
  );
}
