import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';

import { junitReport } from '../../../src/ui/reports/junit.js';

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** The elements of a document, as a reader of XML finds them. */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = [];
  const open: Element[] = [];
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const element = { name, attributes, text: '' };
        elements.push(element);
        open.push(element);
      },
      ontext(text) {
        const inner = open.at(-1);
        if (inner !== undefined) inner.text += text;
      },
      onclosetag: () => void open.pop(),
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return elements;
}

const HOSTILE = "\"/><testcase name='x'/>]]>&amp; <!-- \u0000\u001b[31m\n\ttwo \ufffe\u202e";

test('when there are cases of each outcome then the suite counts them', () => {
  const outcome = (kind: 'failure' | 'error' | 'skipped') => ({
    className: 'c',
    name: kind,
    outcome: { kind, message: 'm' },
  });
  const xml = junitReport('runs', [
    { className: 'c', name: 'good', seconds: 1.5 },
    outcome('failure'),
    outcome('error'),
    outcome('skipped'),
    outcome('skipped'),
  ]);
  const [, suite, good] = elementsOf(xml);
  expect(suite?.attributes).toEqual({ name: 'runs', tests: '5', failures: '1', errors: '1', skipped: '2' });
  expect(good?.attributes).toEqual({ classname: 'c', name: 'good', time: '1.500' });
});

test('when texts try to leave their place then they stay in it, and characters that XML cannot have are written out', () => {
  const xml = junitReport(HOSTILE, [
    { className: HOSTILE, name: HOSTILE, outcome: { kind: 'failure', message: HOSTILE, text: HOSTILE } },
  ]);
  const elements = elementsOf(xml);
  expect(elements.map(({ name }) => name)).toEqual(['testsuites', 'testsuite', 'testcase', 'failure']);
  const read = "\"/><testcase name='x'/>]]>&amp; <!-- \\u{0}\\u{1b}[31m\n\ttwo \ufffd\\u{202e}";
  expect(elements[2]?.attributes).toEqual({ classname: read, name: read });
  expect(elements[3]).toMatchObject({ attributes: { message: read }, text: read });
  expect(xml).not.toMatch(/[\0-\x08\x0b-\x1f\ufffe\u202e]/);
});
