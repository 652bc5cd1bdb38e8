import { advice, type Advice, portia } from '../../next-step.js';
import type { Problem } from '../../errors.js';

const STEP = '{ "kind": "compute", "expression": "$count($list)", "output": "$total" }';
const INPUT = '{ "name": "$city", "description": "Where" }';
const SCHEMA = '{ "type": "string" }';

/** What could stand at a key of a plan. */
const OF_KEY: Record<string, string> = {
  agent: '"verified"',
  any_of: '["ann", "ben"]',
  approvers: '{ "any_of": ["ann", "ben"], "required": 2 }',
  args: '{ "query": "weather in {{ $city }}" }',
  as: '"item"',
  assignees: '["ann"]',
  branches: `[{ "when": "$total > 10", "steps": [${STEP}] }]`,
  condition: '"$reply is friendly"',
  description: '"What it is"',
  else: `[${STEP}]`,
  error: 'true',
  event: '"payment"',
  expires_in: '"24h"',
  expression: '"$count($list)"',
  for: '"2d"',
  key: '"{{ $order }}"',
  max_iterations: '10',
  max_parallel: '4',
  max_tool_calls: '25',
  may_ask: 'true',
  message: '"The total is {{ $total }}."',
  model: '"provider/name"',
  name: '"$city"',
  not: '"starter"',
  on_error: `[${STEP}]`,
  on_expiry: '"stop", { "value": null } or [steps]',
  on_timeout: '{ "value": null }',
  options: '["yes", "no"]',
  output: '"$total"',
  output_schema: SCHEMA,
  over: '"$list"',
  plan_context: '{ "query": "What it is for" }',
  plan_inputs: `[${INPUT}]`,
  query: '"What it is for"',
  required: '2',
  retries: '2',
  schema: SCHEMA,
  sends: '"allow"',
  steps: `[${STEP}]`,
  summarize: 'true',
  system_prompt: '"Answer in one sentence."',
  task: '"Summarize {{ $text }}"',
  timeout: '"2d"',
  timeout_ms: '60000',
  tool_id: '"calculator_tool"',
  tool_ids: '["calculator_tool"]',
  tools: '["calculator_tool"]',
  until: '"2026-12-01T09:00:00Z"',
  writes: '["reports/*.md"]',
  when: '"$total > 10"',
};

/** The same for an item of the list under the key. */
const OF_ITEM: Record<string, string> = {
  any_of: '"ann"',
  assignees: '"ann"',
  branches: `{ "when": "$total > 10", "steps": [${STEP}] }`,
  else: STEP,
  inputs: INPUT,
  on_error: STEP,
  on_expiry: STEP,
  plan_inputs: INPUT,
  steps: STEP,
  tool_ids: '"calculator_tool"',
  tools: '"calculator_tool"',
};

/** Keys whose expressions may begin with a bracket, which YAML reads as a list or an object. */
const EXPRESSION_KEYS = new Set(['expression', 'when', 'collect', 'message']);

/** The shapes of everything, for what no example is enough. */
const SCHEMA_COMMAND = portia('schema', 'plan');

/** What is wrong with the shape of a plan, with an example of what belongs there. */
export function withShapeFix(problem: Problem): Problem {
  if (problem.rule !== 'shape' || problem.fix !== undefined) return problem;
  return { ...problem, fix: fixOf(problem) };
}

function fixOf({ pointer, message }: Problem): Advice {
  const [list = '', key = ''] = pointer.split('/').slice(-2);
  if (key === 'kind')
    return advice`Leave kind out for a model with one tool. All kinds and their keys: ${SCHEMA_COMMAND}`;
  if (EXPRESSION_KEYS.has(key) && /not (object|array)/.test(message)) {
    return `Put the expression in quotes: ${JSON.stringify(key)}: "{ 'a': $total }"`;
  }
  if (EXPRESSION_KEYS.has(key) && /not (number|boolean)/.test(message)) {
    return `Put it in quotes: ${JSON.stringify(key)}: ${message.includes('number') ? '"5"' : '"true"'}`;
  }
  if (/^\d+$/.test(key)) {
    const item = OF_ITEM[list];
    return item === undefined ? SCHEMA_COMMAND : `Write, for example: ${item}`;
  }
  if (key === 'on_error') return fixOfHandler(message);
  // A plan that is run gets its values by name, any other step a list of names.
  const inputs = message.includes('must be an object') ? '{ "city": "{{ $city }}" }' : `[${INPUT}]`;
  const value = key === 'inputs' ? inputs : Object.hasOwn(OF_KEY, key) ? OF_KEY[key] : undefined;
  return value === undefined ? SCHEMA_COMMAND : `Write, for example: ${JSON.stringify(key)}: ${value}`;
}

/** Without it a failure ends the run: whoever writes "stop" wants nothing else. */
function fixOfHandler(message: string): string {
  const isLoop = message.includes('continue');
  const others = isLoop ? 'Else write "continue", or what' : 'Only for_each has "continue"; else write what';
  return `To end the run when the step fails, leave on_error out. ${others} is done instead, for example: "on_error": ${OF_KEY['on_error']}`;
}
