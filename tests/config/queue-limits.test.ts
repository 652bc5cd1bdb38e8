import { expect, test } from 'vitest';

import { mergeSettings } from '../../src/config/settings.js';
import { checkProjectSettings, type ProjectSettings, type UserSettings } from '../../src/config/settings-schema.js';

function limitsOf(project: ProjectSettings['limits'], user: UserSettings['limits']) {
  const sources = { flags: {}, shell: {}, dotenv: new Map<string, string>() };
  const files = { project: { limits: project }, user: { path: '/u/config.json', settings: { limits: user } } };
  return mergeSettings({ ...sources, ...files }, { cwd: '/p', projectRoot: '/p', home: '/u' }).limits;
}

test('when project and user both limit runs then the lowest number of each counts', () => {
  const limits = limitsOf(
    { per_plan: 5, labels: { night: 1, day: 9 } },
    { per_plan: 2, per_end_user: 1, labels: { day: 3 } },
  );
  expect(limits).toEqual({
    perPlan: 2,
    perEndUser: 1,
    labels: new Map([
      ['night', 1],
      ['day', 3],
    ]),
  });
  expect(limitsOf(undefined, undefined)).toEqual({ perPlan: undefined, perEndUser: undefined, labels: new Map() });
});

test('when a limit is not a number of runs then it is said where', () => {
  const messages = (limits: unknown) => {
    const checked = checkProjectSettings({ limits });
    return checked.ok ? [] : checked.problems.map(({ message, fix, pointer }) => ({ message, fix, pointer }));
  };
  expect(messages({ per_plan: 0, labels: { night: 1.5 } })).toEqual([
    { message: 'limits/per_plan: must be 1 or more', pointer: '/limits/per_plan' },
    { message: 'limits/labels/night: must be a whole number, 1 or more', pointer: '/limits/labels/night' },
  ]);
  expect(messages({ per_user: 1 })).toEqual([
    { message: 'limits/per_user: no such setting', fix: 'did you mean "per_end_user"?', pointer: '/limits/per_user' },
  ]);
});

test('when project and user both limit how often a provider is asked then the lowest number of each counts', () => {
  const sources = { flags: {}, shell: {}, dotenv: new Map<string, string>() };
  const project = { limits: { providers: { openai: { requests_per_minute: 500, calls_at_once: 2 } } } };
  const settings = {
    limits: {
      providers: { openai: { requests_per_minute: 60, tokens_per_minute: 9000 }, mistralai: { calls_at_once: 1 } },
    },
  };
  const all = { ...sources, project, user: { path: '/u/config.json', settings } };
  const { callLimits } = mergeSettings(all, { cwd: '/p', projectRoot: '/p', home: '/u' });
  expect(Object.fromEntries(callLimits)).toEqual({
    openai: { requestsPerMinute: 60, tokensPerMinute: 9000, callsAtOnce: 2 },
    mistral: { callsAtOnce: 1 },
  });
});

test('when the limits of a provider are wrong then it is said where', () => {
  const messages = (providers: unknown) => {
    const checked = checkProjectSettings({ limits: { providers } });
    return checked.ok ? [] : checked.problems.map(({ message, fix }) => [message, fix]);
  };
  expect(messages({ opnai: {} })).toEqual([
    ['limits/providers/opnai: must be the name of a provider, like openai', undefined],
  ]);
  expect(messages({ openai: { request_per_minute: 5 } })).toEqual([
    ['limits/providers/openai/request_per_minute: no such setting', 'did you mean "requests_per_minute"?'],
  ]);
  expect(messages({ openai: { calls_at_once: 0 } })).toEqual([
    ['limits/providers/openai/calls_at_once: must be 1 or more', undefined],
  ]);
});
