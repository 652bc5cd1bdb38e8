import { escapePointer, isJsonObject, type JsonObject } from '../domain/values/json.js';
import type { StepKindName } from '../domain/plan/plan.js';
import { bareName } from '../domain/values/names.js';
import { variableName } from './reference.js';
import type {
  AgentWork,
  Common,
  ComputeOptions,
  ExitOptions,
  InvokeToolOptions,
  LlmOptions,
  OverLoopOptions,
  ReactAgentOptions,
  SingleToolAgentOptions,
  SubPlanOptions,
  UserInputOptions,
  UserVerifyOptions,
  WhileLoopOptions,
} from './step-options.js';
import { compact, type StepWriter } from './step-writer.js';

/** What is needed to write a step, and the name of its output when the author gives none. */
export interface Draft {
  write: StepWriter;
  defaultOutput: string;
}

/** The function that writes a step of each kind. One writes all loops: the options say which is meant. */
export const DRAFTS = {
  agent: singleToolAgentStep,
  tool: invokeToolStep,
  llm: llmStep,
  react: reactAgentStep,
  compute: computeStep,
  user_input: userInput,
  user_verify: userVerify,
  exit,
  plan: subPlan,
  if: choice,
  for_each: loop,
  while: loop,
  do_while: loop,
} satisfies Record<StepKindName, (options: never, draft: Draft) => JsonObject>;

function llmStep(options: LlmOptions<string, string, string>, draft: Draft): JsonObject {
  const { systemPrompt: system_prompt } = options;
  return compact({ kind: 'llm', ...agentWork(options, draft), system_prompt, ...guards(options, draft) });
}

function singleToolAgentStep(options: SingleToolAgentOptions<string, string, string>, draft: Draft): JsonObject {
  return compact({
    ...agentWork(options, draft, { tool_id: draft.write.tool(options.tool, '/tool_id') }),
    writes: writesOf(options, draft),
    ...guards(options, draft),
  });
}

function reactAgentStep(options: ReactAgentOptions<string, string, string>, draft: Draft): JsonObject {
  const { maxToolCalls: max_tool_calls, mayAsk: may_ask } = options;
  const given = draft.write.items(options.tools, { at: '/tools', wanted: 'Tools are a list' });
  const tools = given.map((tool, index) => draft.write.tool(tool, `/tools/${index}`));
  return compact({
    kind: 'react',
    ...agentWork(options, draft, { tools }),
    max_tool_calls,
    may_ask,
    writes: writesOf(options, draft),
    sends: options.sends,
    ...guards(options, draft),
  });
}

function writesOf({ writes }: { writes?: readonly string[] | undefined }, { write }: Draft): string[] | undefined {
  return writes === undefined ? undefined : [...write.items(writes, { at: '/writes', wanted: 'Files are a list' })];
}

function invokeToolStep(options: InvokeToolOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'tool',
    name: options.stepName,
    tool_id: draft.write.tool(options.tool, '/tool_id'),
    args: draft.write.values(options.args ?? {}, '/args'),
    output: outputOf(options, draft),
    ...guards(options, draft),
  });
}

function computeStep(options: ComputeOptions<string, string>, draft: Draft): JsonObject {
  const expression = draft.write.expression(options.expression, '/expression');
  const output = outputOf(options, draft);
  return compact({ kind: 'compute', name: options.stepName, expression, output, ...guards(options, draft) });
}

function userInput(options: UserInputOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'user_input',
    name: options.stepName,
    message: options.message,
    options: options.options === undefined ? undefined : draft.write.list(options.options, '/options'),
    schema: draft.write.schema(options.schema, '/schema'),
    output: outputOf(options, draft),
    ...guards(options, draft),
  });
}

function userVerify(options: UserVerifyOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'user_verify',
    name: options.stepName,
    message: options.message,
    output: namedOutput(options, draft),
    on_no: options.onNo,
    ...guards(options, draft),
  });
}

function exit(options: ExitOptions<string>, draft: Draft): JsonObject {
  const { stepName: name, message = '', error } = options;
  return compact({ kind: 'exit', name, message, error, ...guards(options, draft) });
}

function subPlan(options: SubPlanOptions<string, string>, draft: Draft): JsonObject {
  const { plan, inputs = {} } = options;
  const { write } = draft;
  const isBuilder = isJsonObject(plan) && 'build' in plan;
  if (isBuilder) {
    const message = 'The plan is a builder that was not built.';
    write.report({ rule: 'misuse', at: '/plan', message, fix: 'Give what its build() returns.' });
  } else refuseUnknownInputs(options, draft);
  return compact({
    kind: 'plan',
    name: options.stepName,
    plan: isBuilder ? '?' : write.json(plan, '/plan'),
    inputs: write.values(inputs, '/inputs'),
    output: outputOf(options, draft),
    ...guards(options, draft),
  });
}

function refuseUnknownInputs({ plan, inputs = {} }: SubPlanOptions<string, string>, { write }: Draft): void {
  // The inputs of a stored plan are known when it is read. Anything that is not a plan is reported by its shape.
  if (!isJsonObject(plan) || !Array.isArray(plan.plan_inputs) || !isJsonObject(inputs)) return;
  const names = (plan.plan_inputs as unknown[]).map((input) => (isJsonObject(input) ? input['name'] : undefined));
  const known = names.flatMap((name) => (typeof name === 'string' ? bareName(name) : [])).sort();
  for (const name of Object.keys(inputs)) {
    if (known.includes(bareName(name))) continue;
    write.report({
      rule: 'unknown-input',
      at: `/inputs/${escapePointer(name)}`,
      message: `The plan has no input ${name}.`,
      fix: `It has: ${known.join(', ') || 'none'}.`,
    });
  }
}

export type AnyLoopOptions = OverLoopOptions<string, string, string> | WhileLoopOptions<string, string>;

/** A loop without its steps. */
function loop(options: AnyLoopOptions, draft: Draft): JsonObject {
  const { stepName: name } = options;
  const kinds = (['over', 'while', 'doWhile'] as const).filter((kind) => options[kind] !== undefined);
  if (kinds.length !== 1) {
    const given = kinds.length === 0 ? 'none' : kinds.join(' and ');
    draft.write.report({
      rule: 'loop-kind',
      at: '',
      message: `A loop has one of over, while and doWhile; this one has ${given}.`,
      fix: 'Choose over to go through a list, while to look before each round, doWhile to look after it.',
    });
  }
  const output = namedOutput(options, draft);
  const collect = options.collect === undefined ? undefined : draft.write.expression(options.collect, '/collect');
  if (options.over !== undefined) {
    const { maxParallel: max_parallel } = options;
    const as = options.as ?? (typeof name === 'string' ? variableName(name) : 'item');
    const over = draft.write.list(options.over, '/over');
    return compact({
      kind: 'for_each',
      name,
      over,
      as: bareItem(draft, as),
      output,
      collect,
      max_parallel,
      ...guards(options, draft),
    });
  }
  const { maxIterations: max_iterations, onLimit: on_limit } = options;
  const kind = options.while === undefined ? 'do_while' : 'while';
  const condition = draft.write.condition(options.while ?? options.doWhile ?? 'true', '');
  const { timeoutMs: timeout_ms, retries } = options;
  return compact({ kind, name, ...condition, output, collect, max_iterations, on_limit, timeout_ms, retries });
}

/** A choice without its branches. */
function choice(options: Common<string>, draft: Draft): JsonObject {
  return compact({ kind: 'if', name: options.stepName, ...guards(options, draft) });
}

/** Task, inputs, what the step works with, and what it leaves, in the order of the Python SDK. */
function agentWork(options: AgentWork<string, string, string>, draft: Draft, tools: JsonObject = {}) {
  return {
    name: options.stepName,
    task: options.task,
    inputs: draft.write.inputs(options.inputs ?? [], '/inputs'),
    ...tools,
    output: outputOf(options, draft),
    output_schema: draft.write.schema(options.outputSchema, '/output_schema'),
    model: options.model,
  };
}

interface Naming {
  output?: string | undefined;
  stepName?: string | undefined;
}

function outputOf(options: Naming, draft: Draft): string {
  const { stepName } = options;
  return (
    namedOutput(options, draft) ?? `$${typeof stepName === 'string' ? variableName(stepName) : draft.defaultOutput}`
  );
}

function namedOutput({ output }: Naming, draft: Draft): string | undefined {
  return output === undefined ? undefined : draft.write.name(output, '/output');
}

function bareItem(draft: Draft, as: string): string {
  return draft.write.name(as, '/as').slice(1);
}

function guards({ when, condition, timeoutMs, retries }: Common<string>, { write }: Draft) {
  return {
    when: when === undefined ? undefined : write.expression(when, '/when'),
    condition: condition === undefined ? undefined : write.sentence(condition, '/condition'),
    timeout_ms: timeoutMs,
    retries,
  };
}
