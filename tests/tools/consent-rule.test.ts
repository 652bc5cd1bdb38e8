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
