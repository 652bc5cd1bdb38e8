import type { Problem } from '../errors.js';
import { LLM_TOOL } from '../plan/llm-tool.js';
import type { Plan, PlanInput, Step, StepKindName } from '../plan/plan.js';
import { stepOutput } from '../plan/plan-steps.js';
import { stepKind } from '../plan/step-kinds/step-kinds.js';
import { keysOfKind } from '../plan-check/key-rules.js';
import { escapePointer, type JsonObject } from '../values/json.js';
import { bareName } from '../values/names.js';

/** A document in the Python SDK's shape, or what it cannot say, each with its place in the plan or run. */
export type ForSdk = { ok: true; document: Readonly<Record<string, unknown>> } | { ok: false; problems: Problem[] };

/** The plan as the `Plan` of the Python SDK 0.9 reads it. What would mean something else there is a problem. */
export function planForSdk(plan: Plan): ForSdk {
  const spelling = spellingOf(plan);
  const written = plan.steps.map((step, index) => stepForSdk(step, `/steps/${index}`, spelling));
  const problems = [...planProblems(plan), ...written.flatMap((step) => step.problems)];
  if (problems.length > 0) return { ok: false, problems };
  const { query, tool_ids } = plan.plan_context;
  const document = {
    id: plan.id,
    plan_context: { query, tool_ids: tool_ids.toSorted() },
    steps: written.map((step) => step.document),
    plan_inputs: plan.plan_inputs.map(inputForSdk),
  };
  return { ok: true, document };
}

/** There `x` and `$x` are two names: a step takes a value by the spelling under which it was left. */
function spellingOf({ steps, plan_inputs: inputs }: Plan): (name: string) => string {
  const names = [...inputs.map(({ name }) => name), ...steps.flatMap((step) => stepOutput(step) ?? [])];
  const spelled = new Map(names.map((name) => [bareName(name), name]));
  return (name) => spelled.get(bareName(name)) ?? name;
}

function inputForSdk({ name, description, default: value }: PlanInput): JsonObject {
  return { name, description: description ?? null, value: value ?? null };
}

function planProblems({ output_schema: schema, plan_inputs: inputs, steps }: Plan): Problem[] {
  const found: Problem[] = [];
  if (schema !== undefined) found.push(unknownKey('output_schema', '', inCode('structured_output_schema')));
  for (const [index, input] of inputs.entries()) {
    if (input.schema !== undefined) found.push(unknownKey('schema', `/plan_inputs/${index}`));
  }
  const left = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if (step.kind !== undefined && step.kind !== 'llm') continue;
    const key = JSON.stringify([step.output, step.condition ?? '']);
    if (left.has(key)) {
      const message = `leaves ${step.output} under the same condition as a step before it`;
      found.push(problem(message, `/steps/${index}/output`, 'Give one of them another name or condition.'));
    }
    left.add(key);
  }
  return found;
}

interface WrittenStep {
  document: Readonly<Record<string, unknown>>;
  problems: Problem[];
}

function stepForSdk(step: Step, pointer: string, spelling: (name: string) => string): WrittenStep {
  if (step.kind !== undefined && step.kind !== 'llm')
    return { document: {}, problems: [noSuchKind(step.kind, pointer)] };
  const { kind, task, inputs, output, condition, ...rest } = step;
  const known = new Set(keysOfKind(stepKind(step)));
  const entries = Object.entries(rest).filter(([key, value]) => key !== 'tool_id' && value !== undefined);
  const problems = entries
    .filter(([key]) => known.has(key) && !HARMLESS.has(key))
    .map(([key]) => unknownKey(key, pointer, IN_CODE[key]));
  if (task.includes('{{')) {
    const message = 'fills values into its task with {{ }}, which the Python SDK does not';
    problems.push(problem(message, `${pointer}/task`, 'Name the values in inputs, and leave them out of the task.'));
  }
  // It keeps keys that it does not know.
  const kept = Object.fromEntries(entries.filter(([key]) => !known.has(key) || HARMLESS.has(key)));
  const document = {
    task,
    inputs: inputs.map(({ name, description }) => ({ name: spelling(name), description })),
    tool_id: kind === 'llm' ? LLM_TOOL : step.tool_id,
    output,
    condition: condition ?? null,
    ...kept,
  };
  return { document, problems };
}

/** What people call a step changes nothing. */
const HARMLESS: ReadonlySet<string> = new Set(['name']);

/** How a program says it to the Python SDK. */
const IN_CODE: Readonly<Record<string, string>> = {
  output_schema: inCode('structured_output_schema'),
  agent: inCode('execution_agent_type of its Config'),
  model: inCode('the model of its Config'),
  system_prompt: inCode('PlanBuilderV2().llm_step(system_prompt=…)'),
  when: 'Say it as a sentence in condition.',
};

/** What builds such a step there: it has no form in files. Undefined where nothing does. */
const BUILDERS: Readonly<Record<Exclude<StepKindName, 'agent' | 'llm'>, string | undefined>> = {
  tool: 'invoke_tool_step(…)',
  react: 'react_agent_step(…)',
  compute: 'function_step(…)',
  user_input: 'user_input(…)',
  user_verify: 'user_verify(…)',
  wait: undefined,
  wait_for: undefined,
  exit: 'exit(…)',
  plan: 'add_sub_plan(…)',
  if: 'if_(…)',
  for_each: 'loop(over=…)',
  while: 'loop(while_=…)',
  do_while: 'loop(do_while_=…)',
};

const NOTHING_THERE = 'The Python SDK cannot wait; leave the step out, in a copy of the plan.';

function noSuchKind(kind: keyof typeof BUILDERS, pointer: string): Problem {
  const message = `is of the kind ${kind}, which plans of the Python SDK do not have in files`;
  const builder = BUILDERS[kind];
  const fix = builder === undefined ? NOTHING_THERE : inCode(`PlanBuilderV2().${builder}`);
  return problem(message, `${pointer}/kind`, fix);
}

function unknownKey(key: string, pointer: string, fix?: string): Problem {
  const message = `has ${key}, which plans of the Python SDK do not have`;
  return problem(message, `${pointer}/${escapePointer(key)}`, fix ?? `Leave out ${key}, in a copy of the plan.`);
}

function inCode(what: string): string {
  return `There it is given in code: ${what}`;
}

export function problem(message: string, pointer: string, fix: string): Problem {
  return { severity: 'error', rule: 'not-in-python-sdk', message, pointer, fix };
}
