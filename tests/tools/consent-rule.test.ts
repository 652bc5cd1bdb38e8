import { expect, test } from 'vitest';

import { decideConsent, type ConsentDecision } from '../../src/tools/consent-rule.js';
import type { Tool } from '../../src/tools/tool.js';

const own = { source: 'module' } as const;
const builtin = { source: 'builtin' } as const;

test.each<[Pick<Tool, 'effect' | 'source'>, 'allow' | 'ask', ConsentDecision]>([
  [{ effect: 'read', ...own }, 'ask', 'allow'],
  [{ effect: 'idempotent', ...builtin }, 'allow', 'allow'],
  [{ effect: 'idempotent', ...builtin }, 'ask', 'ask'],
  [{ effect: 'idempotent', ...own }, 'allow', 'ask'],
  [{ effect: 'once', ...builtin }, 'allow', 'ask'],
])('when nothing was decided about %j and it says %s then the rule says %s', (tool, consent, expected) => {
  expect(decideConsent({ tool, verdict: { policy: undefined }, inspection: { consent } })).toBe(expected);
  for (const policy of ['allow', 'ask', 'deny'] as const) {
    expect(decideConsent({ tool, verdict: { policy }, inspection: { consent } })).toBe(policy);
  }
});

test('when a rule cannot be judged then a person is asked, whatever else is allowed', () => {
  const tool = { effect: 'read', ...builtin } as const;
  const verdict = { policy: 'allow', problem: 'The rule a[0] cannot be judged.' } as const;
  expect(decideConsent({ tool, verdict, inspection: { consent: 'allow' } })).toBe('ask');
});

test.each<['allow' | 'ask' | 'deny' | undefined, { mustAsk?: boolean; leaks?: boolean }, ConsentDecision]>([
  [undefined, {}, 'allow'],
  ['ask', {}, 'ask'],
  ['deny', {}, 'deny'],
  [undefined, { mustAsk: true }, 'ask'],
  [undefined, { leaks: true }, 'ask'],
])(
  'when a tool is always allowed, a rule says %s and %j then the rule of consent says %s',
  (policy, more, expected) => {
    const { mustAsk, leaks } = more;
    const inspection = { consent: 'ask' as const, mustAsk };
    const tool = { effect: 'once', ...own } as const;
    expect(decideConsent({ tool, verdict: { policy }, inspection, leaks: leaks ?? false, isKept: true })).toBe(
      expected,
    );
  },
);
