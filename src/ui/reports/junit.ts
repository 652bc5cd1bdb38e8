import { printable } from '../../domain/values/printable.js';

/** One thing that went well or not, as JUnit calls it. */
export interface TestCase {
  /** What it belongs to: a plan. */
  className: string;
  name: string;
  /** Nothing when it went well. */
  outcome?: { kind: 'failure' | 'error' | 'skipped'; message: string; text?: string | undefined } | undefined;
  seconds?: number | undefined;
}

/** JUnit's XML of one suite. Ends with a newline. */
export function junitReport(suite: string, cases: readonly TestCase[]): string {
  const counted = (kind: string) => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const counts = {
    tests: cases.length,
    failures: counted('failure'),
    errors: counted('error'),
    skipped: counted('skipped'),
  };
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${attributes({ name: suite, ...counts })}>`,
    ...cases.map(caseLine),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}

function caseLine({ className, name, outcome, seconds }: TestCase): string {
  const head = attributes({ classname: className, name, time: seconds?.toFixed(3) });
  if (outcome === undefined) return `    <testcase ${head}/>`;
  const { kind, message, text = '' } = outcome;
  return `    <testcase ${head}><${kind} ${attributes({ message })}>${escaped(text)}</${kind}></testcase>`;
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${attribute(String(value))}"`]))
    .join(' ');
}

/** Without these, a parser makes spaces of them. */
function attribute(text: string): string {
  return escaped(text).replaceAll('\t', '&#9;').replaceAll('\n', '&#10;');
}

/** XML 1.0 has no way to write control characters, nor U+FFFE and U+FFFF. */
function escaped(text: string): string {
  return printable(text)
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
