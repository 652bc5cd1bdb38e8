import { DEFAULT_AGENT, MAX_TOOL_CALLS } from '../../domain/values/agent-types.js';
import type { AgentStep, ReactStep } from '../../domain/plan/plan.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import type { StepOutcome } from '../outcomes.js';
import { convertToShape, schemaShape } from '../reply-shape.js';
import { readInputs } from '../step-inputs.js';
import { OneToolAgent } from './one-tool-agent.js';
import { runReactAgent } from './react-agent.js';

/** The default kind of step: a model that has the task, the inputs and exactly one tool. The run keeps how it works. */
export async function runAgentStep(effects: Effects, work: { step: AgentStep; tool: Tool }): Promise<StepOutcome> {
  const { context } = effects;
  const { step, tool } = work;
  const type = step.agent ?? context.recorder.run.agent ?? DEFAULT_AGENT;
  if (type === 'react') return runReactAgent(effects, asReactStep(step, tool.id));
  const inputs = await readInputs(context, step.inputs);
  if (!inputs.ok) return inputs.stop;
  const task = await fillText(context, step.task);
  if (!task.ok) return task.stop;
  const given = { step, tool, inputs: inputs.value, task: task.value };
  const outcome = await new OneToolAgent(effects, { ...given, isVerified: type === 'verified' }).run();
  if (outcome.kind !== 'completed' || step.output_schema === undefined) return outcome;
  const shape = await schemaShape(context.services, 'step_output', step.output_schema);
  return { kind: 'completed', value: await convertToShape(effects, outcome.value, { shape, model: step.model }) };
}

/** The same work for an agent that calls its tool until it has an answer. As here, it asks for what it cannot find. */
function asReactStep({ agent: _agent, tool_id: _tool, ...step }: AgentStep, toolId: string): ReactStep {
  return { ...step, kind: 'react', tools: [toolId], max_tool_calls: MAX_TOOL_CALLS, may_ask: true };
}
