import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { checkView } from '../../src/ui/check-view.js';
import { errorJson, errorView, warningView } from '../../src/ui/error-view.js';
import { look } from '../support/view-examples.js';

const attack = 'a\u001b[2Jb\u202e';

describe('errorView', () => {
  test('when an error has a reason and fixes then what, why and fix stand below each other', () => {
    const error = new PortiaError('no-model', 'Nothing to plan with: no model is configured.', {
      why: 'OPENAI_API_KEY is not set, no profile is active, and no local server answered on ports 11434 and 1234.',
      fix: 'export OPENAI_API_KEY=…            use OpenAI\nportia help offline                what works without a model',
    });
    expect(errorView(error, look)).toBe(`\
✖ Nothing to plan with: no model is configured.  [no-model]
  Why  OPENAI_API_KEY is not set, no profile is active, and no local server
       answered on ports 11434 and 1234.
  Fix  export OPENAI_API_KEY=…            use OpenAI
       portia help offline                what works without a model
`);
  });

  test('when the message fills the line then the code gets its own', () => {
    const error = new PortiaError('not-found', 'x'.repeat(75));
    expect(errorView(error, look)).toBe(`✖ ${'x'.repeat(75)}\n  [not-found]\n`);
  });

  test('when a fix is a long command then it is not broken', () => {
    const command = `portia resume prun-1 --answer filename=${'x'.repeat(100)}`;
    expect(errorView(new PortiaError('usage', 'No.', { fix: command }), look)).toContain(`  Fix  ${command}\n`);
  });

  test('when its texts hold escape sequences then they are shown', () => {
    const error = new PortiaError('tool-failed', attack, { why: attack, fix: attack });
    expect(errorView(error, look) + warningView(attack, look)).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('errorJson', () => {
  test('when an error names everything then it is one line with everything', () => {
    const error = new PortiaError('invalid-plan', 'Bad\nplan.', {
      why: 'w',
      fix: 'f',
      retryable: true,
      planId: 'plan-1',
      runId: 'prun-1',
      pointer: '/steps/0',
    });
    const text = errorJson(error, { exitCode: 2, resumable: true });
    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text)).toEqual({
      error: {
        code: 'invalid-plan',
        message: 'Bad\nplan.',
        why: 'w',
        fix: 'f',
        exit_code: 2,
        retryable: true,
        resumable: true,
        plan_id: 'plan-1',
        run_id: 'prun-1',
        pointer: '/steps/0',
      },
    });
  });

  test('when an error knows little then the ids and the pointer are left out', () => {
    expect(errorJson(new PortiaError('internal', 'x'), { exitCode: 1, resumable: false })).toBe(
      '{"error":{"code":"internal","message":"x","why":null,"fix":null,"exit_code":1,"retryable":false,"resumable":false}}\n',
    );
  });
});

describe('checkView', () => {
  test('when a plan has problems then each has its place, rule and fix', () => {
    const problems = [
      {
        severity: 'error' as const,
        rule: 'unknown-tool',
        message: 'No tool "foo".',
        pointer: '/steps/0/tool_id',
        fix: 'portia tools list',
      },
      { severity: 'warning' as const, rule: 'unused-input', message: attack, pointer: '' },
    ];
    expect(checkView({ name: 'plan.json', file: 'plan.json' }, problems, look)).toBe(`\
plan.json: 1 error, 1 warning

  ✖ No tool "foo".
    at step 1, tool_id  [unknown-tool]
    Fix  portia tools list

  ! a\\u{1b}[2Jb\\u{202e}
    at (the whole)  [unused-input]
`);
  });

  test('when places are known and some things are only notes then lines, and a summary, say so', () => {
    const note = (rule: string, pointer: string, about?: string) => ({
      severity: 'note' as const,
      rule,
      message: 'm',
      pointer,
      ...(about && { about }),
    });
    const problems = [
      { severity: 'warning' as const, rule: 'unused', message: 'Nothing uses $a.', pointer: '/a', line: 3, column: 7 },
      note('asks-a-person', '/steps/1'),
      note('acts', '/steps/2', 'mail (once)'),
      note('asks-a-person', '/steps/3/branches/0/steps/1'),
      note('acts', '/steps/4/plan/steps/0', 'x\u{1b}'),
    ];
    expect(checkView({ name: 'plan-1', file: 'plans/plan-1.json' }, problems, look)).toBe(`\
plan-1: 1 warning

  ! Nothing uses $a.
    plans/plan-1.json:3:7  a  [unused]

  asks a person: steps 2, 4.1.2; acts: step 3 mail (once), step 5.1 x\\u{1b}
`);
    const many = Array.from({ length: 20 }, (_, index) => note('asks-a-person', `/steps/${index}`));
    expect(checkView({ name: 'p', file: 'p' }, many, look)).toContain('11, 12 and 8 more steps\n');
  });

  test('when a plan has none then one line says so', () => {
    expect(checkView({ name: 'plan.json', file: 'plan.json' }, [], look)).toBe('✔ plan.json has no problems.\n');
  });
});
