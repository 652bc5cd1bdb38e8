import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { batchSummary, countsText, lineResultText, lineResultView, type LineResult } from '../../src/ui/batch-view.js';
import { textWidth } from '../../src/ui/text-width.js';
import { look } from '../support/view-examples.js';

const complete: LineResult = {
  line: 7,
  outcome: 'complete',
  runId: 'prun-019a0000-0000-7000-8000-00000000c0de',
  state: 'COMPLETE',
  finalOutput: { value: 'sunny', summary: null },
  openQuestions: 0,
  isResumable: false,
  error: undefined,
  exitCode: 0,
};
const failed: LineResult = {
  ...complete,
  outcome: 'failed',
  state: 'FAILED',
  finalOutput: null,
  isResumable: true,
  error: new PortiaError('tool-failed', 'No \u001b[31mcity\nhere'),
  exitCode: 1,
};

describe('the row of a line', () => {
  test('when a run is complete then it has its value', () => {
    expect(lineResultView(complete, look)).toBe('   7 ✔ 0000c0de  "sunny"\n');
    expect(lineResultText(complete)).toBe('line 7 COMPLETE prun-019a0000-0000-7000-8000-00000000c0de');
  });

  test('when an error holds what acts on a terminal then it is shown, on one line', () => {
    const told = 'No \\u{1b}[31mcity here';
    expect(lineResultView(failed, look)).toBe(`   7 ✖ 0000c0de  ${told}\n`);
    expect(lineResultText(failed)).toMatch(/: No \\u\{1b\}\[31mcity here$/);
  });

  test.each([
    ['a value', { ...complete, finalOutput: { value: '東京'.repeat(100), summary: null } }],
    ['an error', { ...failed, error: new PortiaError('tool-failed', 'x'.repeat(1_000)) }],
    ['a number of a line', { ...complete, line: 123_456_789 }],
  ])('when %s is long then the row keeps its width', (_what, result) => {
    const row = lineResultView(result, look).trimEnd();
    expect(row.split('\n')).toHaveLength(1);
    expect(textWidth(row)).toBeLessThanOrEqual(look.columns);
  });
});

describe('the end of a batch', () => {
  test('when runs can continue then their commands are whole, and the remark is cut', () => {
    const long = { ...failed, error: new PortiaError('tool-failed', 'x'.repeat(1_000)) };
    const text = batchSummary({ counts: new Map([['failed', 1]]), listed: [long], resumable: 3 }, look);
    expect(text).toMatch(/^1 line: 1 failed\n {3}portia resume prun-\S{36} {3}# line 7: x+…\n/);
    expect(text).toContain('\n   and 2 more: portia list runs\n');
  });

  test('when counts are reported then they keep one order, and thousands are grouped', () => {
    expect(
      countsText(
        new Map([
          ['not started', 2],
          ['complete', 12_345],
        ]),
      ),
    ).toBe('12,345 complete, 2 not started');
  });
});
