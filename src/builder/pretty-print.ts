import { asText } from '../domain/values/json.js';
import { taskTextFor } from '../domain/plan/plan-steps.js';
import { stepOutput, toolsOfStep } from '../domain/plan/plan-steps.js';
import type { Plan, Step } from '../domain/plan/plan.js';

interface Described {
  name: string;
  description?: string | null | undefined;
}

/** A plan, a step, a variable or a plan input, as the Python SDK prints it for people. */
export function prettyPrint(value: Plan | Step | Described): string {
  if ('plan_context' in value) return printPlan(value as Plan);
  if ('kind' in value || 'task' in value) return printStep(value);
  const { name, description } = value;
  return `${name}: (${description || 'No description'})`;
}

function printPlan({ plan_context: { query, tool_ids }, plan_inputs, steps, output_schema }: Plan): string {
  const own = tool_ids.filter((id) => id.startsWith('portia:')).length;
  const title = output_schema?.['title'] ?? 'object';
  return [
    `Task: ${query}`,
    `Tools Available Summary: ${own} portia tools, ${tool_ids.length - own} other tools`,
    ...(plan_inputs.length === 0 ? [] : ['Inputs:', ...plan_inputs.map((input) => `    ${prettyPrint(input)}`)]),
    'Steps:',
    ...steps.map(printStep),
    ...(output_schema === undefined ? [] : [`Structured Output Schema: ${asText(title)}`]),
  ].join('\n');
}

/** Ends with a newline, so that an empty line follows it in a plan. */
function printStep(step: Step): string {
  const inputs = 'inputs' in step && Array.isArray(step.inputs) ? step.inputs : [];
  const task = 'task' in step && typeof step.task === 'string' ? step.task : taskTextFor(step);
  const lines = [
    `- ${task ?? step.kind ?? ''}`,
    `    Inputs: ${inputs.map(({ name, description }) => `${name}: (${description})`).join(', ')}`,
    `    Tool ID: ${toolsOfStep(step).join(',') || 'None'}`,
    `    Output: ${stepOutput(step) ?? 'None'}`,
    ...(step.condition ? [`  Condition: ${step.condition}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
