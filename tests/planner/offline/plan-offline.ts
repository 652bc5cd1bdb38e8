import { expect } from 'vitest';

import { planOffline, type OfflinePlanning } from '../../../src/planner/offline/offline-planner.js';
import type { ToolStep } from '../../../src/domain/plan/plan.js';

export const OFFLINE_TOOLS = [
  'run_sql',
  'calculator_tool',
  'file_reader_tool',
  'file_writer_tool',
  'list_tables',
  'get_table_schemas',
];

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

export function plan(query: string, tools: string[] = OFFLINE_TOOLS): OfflinePlanning {
  return planOffline({ query, tools, newId: (prefix) => `${prefix}-${ID}`, createdAt: '2026-01-02T03:04:05.000Z' });
}

/** The steps of a request that must be understood; all of them are tool steps. */
export function stepsOf(query: string): ToolStep[] {
  const planned = plan(query);
  if (planned.kind === 'refused') expect.fail(`${query}: ${planned.why} (at ${planned.at})`);
  return planned.plan.steps.map((step) => (step.kind === 'tool' ? step : expect.fail(`a step of kind ${step.kind}`)));
}

/** Tool and arguments of each step. */
export function callsOf(query: string): [string, unknown][] {
  return stepsOf(query).map((step) => [step.tool_id, step.args]);
}

export function formulaOf(query: string): unknown {
  return stepsOf(query).at(-1)?.args['math_question'];
}

/** Why a request is refused that must be. */
export function refusalOf(query: string, tools?: string[]): { at: number; why: string; understood: string } {
  const planned = plan(query, tools);
  if (planned.kind === 'plan') expect.fail(`${query} was taken as ${JSON.stringify(planned.plan.steps)}`);
  return planned;
}
