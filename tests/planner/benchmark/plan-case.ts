import { planWithModel } from '../../../src/app/plans/plan-with-model.js';
import { PortiaError, type Model } from '../../../src/index.js';
import type { BenchmarkCase, RepliedPlan } from './benchmark-case.js';
import { toolsOffered } from './benchmark-tools.js';
import type { Given } from './judge/judge-plan.js';

/** What planning the request of a case came to, with everything that the model was sent, a text for each attempt. */
export interface PlannedCase {
  given: Given;
  prompts: string[];
}

/** Plans the request of a case with a model that gives these replies in order, and fails when it is asked once more. */
export async function planCase(one: BenchmarkCase, ...replies: RepliedPlan[]): Promise<PlannedCase> {
  const prompts: string[] = [];
  const left = [...replies];
  const model: Model = {
    id: 'test/planner',
    complete({ messages }) {
      prompts.push(messages.map(({ text }) => text).join('\n'));
      const reply = left.shift();
      if (reply === undefined) return Promise.reject(new Error('The test expects no such call.'));
      const usage = { calls: 1, input_tokens: 1, output_tokens: 1 };
      return Promise.resolve({ text: JSON.stringify(reply), toolCalls: [], usage });
    },
  };
  const services = {
    model: () => Promise.resolve(model),
    now: () => new Date('2026-11-30T09:00:00Z'),
    newId: <Prefix extends string>(prefix: Prefix) => `${prefix}-019a0000-0000-7000-8000-000000000001` as const,
  };
  const tools = toolsOffered(one).map((tool) => ({ tool, readiness: { ready: true as const } }));
  try {
    const plan = await planWithModel(services, { query: one.request, tools });
    return { given: { plan }, prompts };
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'no-plan') throw error;
    return { given: { error: error.details.why ?? '' }, prompts };
  }
}
