import { onTestFinished } from 'vitest';
import * as z from 'zod';

import {
  defineTool,
  Portia,
  type ClarificationRequest,
  type Json,
  type Model,
  type ModelRequest,
  type Plan,
  type PortiaOptions,
  type Tool,
} from '../../src/index.js';
import { makeProject } from '../support/portia.js';

export const PLAN_ID = 'plan-019a0000-0000-7000-8000-000000000001';

/** A plan of these steps, as a program writes it: without what portia adds. */
export function planOf(steps: Json[], more: { [key: string]: Json } = {}): Plan {
  return { plan_context: { query: 'q', tool_ids: [] }, steps, ...more } as unknown as Plan;
}

export const compute = (expression: string, output: string) => ({ kind: 'compute', expression, output });
export const call = (tool_id: string, args: { [key: string]: Json }, output = '$result') => ({
  kind: 'tool',
  tool_id,
  args,
  output,
});

/** A Portia in an empty project, with nothing of this machine's environment. */
export function portiaIn(options: PortiaOptions = {}): { portia: Portia; dir: string } {
  const dir = options.dir ?? makeProject();
  const portia = new Portia({ environment: { HOME: `${dir}/.home` }, ...options, dir });
  onTestFinished(() => portia.close());
  return { portia, dir };
}

/** A tool that counts its calls and doubles a number. */
export function doublingTool(): { tool: Tool; calls: number[] } {
  const calls: number[] = [];
  const tool = defineTool({
    id: 'double_tool',
    name: 'Double',
    description: 'Doubles a number.',
    effect: 'read',
    args: z.object({ value: z.number() }),
    output: z.number(),
    run(_context, { value }) {
      calls.push(value);
      return value * 2;
    },
  });
  return { tool, calls };
}

/** A tool that asks for a colour, then says it. */
export function askingTool(): Tool {
  return toolThatAsks(
    { category: 'Multiple Choice', user_guidance: 'Which?', argument_name: 'colour', options: ['red', 'blue'] },
    'It is',
  );
}

/** A tool that asks for a number, then says it. */
export function sizeTool(): Tool {
  const schema = { type: 'number', minimum: 1 };
  return toolThatAsks({ category: 'Input', user_guidance: 'How big?', argument_name: 'size', schema }, 'Size');
}

function toolThatAsks(question: ClarificationRequest & { argument_name: string }, saying: string): Tool {
  const name = question.argument_name;
  return defineTool({
    id: `${name}_tool`,
    name,
    description: `Asks for a ${name}.`,
    effect: 'read',
    args: z.object({}),
    run({ answers: [answer] }) {
      if (answer !== undefined) return `${saying} ${String(answer.response)}.`;
      return { kind: 'clarifications', clarifications: [question] };
    },
  });
}

/** A model that gives these texts in order and fails when it is asked once more. */
export function scriptedModel(...texts: string[]): { model: Model; requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  const model: Model = {
    id: 'test/own',
    complete(request) {
      requests.push(request);
      const text = texts.shift();
      if (text === undefined) return Promise.reject(new Error('the test expected no such model call'));
      return Promise.resolve({ text, toolCalls: [], usage: { calls: 1, input_tokens: 3, output_tokens: 2 } });
    },
  };
  return { model, requests };
}

const SUM = { steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }], error: null };

/** A model that gives this reply, a plan of a sum, whatever it is asked. */
export function plannerModel(id = 'test/planner', reply: Json = SUM): Model & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  const text = JSON.stringify(reply);
  return {
    id,
    requests,
    complete(request) {
      requests.push(request);
      return Promise.resolve({ text, toolCalls: [], usage: { calls: 1, input_tokens: 3, output_tokens: 2 } });
    },
  };
}
