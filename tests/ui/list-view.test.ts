import { describe, expect, test } from 'vitest';

import { makeLook } from '../../src/ui/look.js';
import { planListView, runListView } from '../../src/ui/list-view.js';
import { toolListView, toolView } from '../../src/ui/tools-view.js';
import { look, PLAN_ID, RUN_ID } from '../support/view-examples.js';

const attack = 'a\u001b[2Jb\u202e';

describe('planListView', () => {
  test('when there are plans then they are a table, and a bad file is in it', () => {
    const text = planListView(
      [
        {
          id: PLAN_ID,
          query: 'Which stock price grew faster in 2024,\nAmazon or Google? Please compare them well',
          steps: 3,
          planner: 'model',
          createdAt: '2026-11-23T11:59:30.000Z',
          isLiked: false,
        },
        { id: 'plan-019a0000-0000-7000-8000-000000000002', problem: `not JSON ${attack}` },
      ],
      look,
    );
    expect(text).toBe(`\
PLAN      MADE      STEPS  PLANNER  REQUEST
fd983977  just now  3      model    Which stock price grew faster in 2024, Amaz…
00000002                            unreadable: not JSON a\\u{1b}[2Jb\\u{202e}
`);
  });

  test('when there are none then the first command is named', () => {
    expect(planListView([], look)).toContain('portia plan');
    expect(runListView([], look)).toContain('portia run');
  });
});

describe('runListView', () => {
  test('when there is no room for the last column then its cells stand below, and narrower rows are wrapped', () => {
    const run = {
      id: RUN_ID,
      state: 'NEED_CLARIFICATION' as const,
      done: 1,
      steps: 3,
      openQuestions: 1,
      updatedAt: '2026-11-23T09:00:00.000Z',
      query: 'Read weather.txt and then tell me all about it',
      isDriven: false,
      isDeclined: false,
      pause: null,
    };
    expect(runListView([run], makeLook({ columns: 60, now: look.now }))).toBe(`\
RUN       STATE                 STEPS  CHANGED
  REQUEST
bce89821  ⏸ NEED_CLARIFICATION  1/3    3 h ago
  (1 question) Read weather.txt and then tell me all about…
`);
    expect(runListView([run], makeLook({ columns: 40, now: look.now }))).toBe(`\
bce89821  ⏸ NEED_CLARIFICATION  1/3
3 h ago
  (1 question) Read weather.txt and the…
`);
  });

  test('when there are runs then state, steps, time and open questions are shown', () => {
    const run = {
      id: RUN_ID,
      state: 'NEED_CLARIFICATION' as const,
      done: 1,
      steps: 3,
      openQuestions: 2,
      updatedAt: '2026-11-23T09:00:00.000Z',
      query: 'Read weather.txt',
      isDriven: false,
      isDeclined: false,
      pause: null,
    };
    const stopped = {
      ...run,
      state: 'IN_PROGRESS' as const,
      openQuestions: 0,
      updatedAt: '2026-11-20T12:00:00.000Z',
      query: undefined,
    };
    expect(runListView([run, stopped, { ...stopped, isDriven: true, updatedAt: '2026-01-02T00:00:00.000Z' }], look))
      .toBe(`\
RUN       STATE                    STEPS  CHANGED     REQUEST
bce89821  ⏸ NEED_CLARIFICATION     1/3    3 h ago     (2 questions) Read weathe…
bce89821  ⏸ IN_PROGRESS (stopped)  1/3    3 d ago
bce89821  ▶ IN_PROGRESS            1/3    2026-01-02
`);
  });
});

const tool = {
  id: 'search_tool',
  name: 'Search',
  description: 'Searches the web and gives the best answers',
  effect: 'read' as const,
  source: 'builtin' as const,
  inputSchema: () => ({
    type: 'object',
    properties: {
      query: { type: 'string', description: 'What to search for' },
      limit: { type: 'integer', minimum: 1, default: 5 },
      kind: { enum: ['news', 'all'], description: attack },
    },
    required: ['query'],
  }),
};
const off = { ready: false as const, why: 'TAVILY_API_KEY is not set.', fix: 'export TAVILY_API_KEY=…' };

describe('toolListView', () => {
  test('when a tool is off then why and how to switch it on are said', () => {
    const calculator = {
      ...tool,
      id: 'calculator_tool',
      description: 'Calculates',
      readiness: { ready: true as const },
    };
    expect(toolListView([{ ...tool, readiness: off }, calculator], look)).toBe(`\
   TOOL             EFFECT  FROM     WHAT IT DOES
✖  search_tool      read    builtin  Searches the web and gives the best answers
✔  calculator_tool  read    builtin  Calculates

search_tool is off: TAVILY_API_KEY is not set.
  Fix  export TAVILY_API_KEY=…

1 tool on, 1 off
`);
  });
});

describe('toolView', () => {
  test('when a tool is described then its arguments are a table', () => {
    expect(toolView(tool, { ready: true }, look)).toBe(`\
search_tool  Search

Searches the web and gives the best answers

Effect  read: only looks; called again freely
From    builtin

ARGUMENT  TAKES                                  MEANING
query     text                        required   What to search for
limit     a whole number, at least 1  default 5
kind      one of: "news", "all"       optional   a\\u{1b}[2Jb\\u{202e}
`);
  });

  test('when a description is long then all of it is shown, in as many lines as it needs', () => {
    const description = `${'word '.repeat(30)}end`;
    const wordy = { ...tool, inputSchema: () => ({ properties: { query: { type: 'string', description } } }) };
    for (const columns of [40, 60, 80]) {
      const lines = toolView(wordy, { ready: true }, makeLook({ columns, now: look.now })).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.join(' ').match(/word/g)).toHaveLength(30);
    }
  });

  test('when a tool has no name but its id then the id is shown once', () => {
    expect(toolView({ ...tool, name: tool.id }, { ready: true }, look)).toMatch(/^search_tool\n/);
  });

  test('when a tool takes nothing then that is said', () => {
    expect(toolView({ ...tool, inputSchema: () => ({ type: 'object' }) }, off, look)).toContain('Takes no arguments.');
  });
});
