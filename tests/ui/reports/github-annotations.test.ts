import { expect, test } from 'vitest';

import { annotationLine, githubAnnotations } from '../../../src/ui/reports/github-annotations.js';

test('when a plan has problems then each is one command at its line, and notes are left out', () => {
  const text = githubAnnotations([
    {
      name: 'a.yaml',
      file: 'plans/a.yaml',
      problems: [
        {
          severity: 'error',
          rule: 'unknown-tool',
          message: 'No tool.',
          pointer: '/steps/0',
          line: 3,
          column: 5,
          fix: 'Do.',
        },
        { severity: 'warning', rule: 'unused-output', message: 'Unused.', pointer: '/steps/1' },
        { severity: 'note', rule: 'acts', message: 'It acts.', pointer: '/steps/1' },
      ],
    },
  ]);
  expect(text).toBe(
    '::error file=plans/a.yaml,line=3,col=5,title=a.yaml%3A unknown-tool::No tool.%0AFix: Do.\n' +
      '::warning file=plans/a.yaml,title=a.yaml%3A unused-output::Unused.\n',
  );
});

test('when texts try to begin another command then they stay in their line', () => {
  const hostile = 'x\n::set-env name=A::b\r\n%0A::add-mask::,line=7,col=1::\u001b[1m';
  const line = annotationLine({ level: 'error', file: hostile, line: 1, title: hostile, message: hostile });
  expect(line.trimEnd()).not.toMatch(/[\r\n\u001b]/);
  expect(line).toBe(
    '::error file=x%0A%3A%3Aset-env name=A%3A%3Ab\\u{d}%0A%250A%3A%3Aadd-mask%3A%3A%2Cline=7%2Ccol=1%3A%3A\\u{1b}[1m,line=1,' +
      'title=x %3A%3Aset-env name=A%3A%3Ab %250A%3A%3Aadd-mask%3A%3A%2Cline=7%2Ccol=1%3A%3A\\u{1b}[1m::' +
      'x%0A::set-env name=A::b\\u{d}%0A%250A::add-mask::,line=7,col=1::\\u{1b}[1m\n',
  );
});
