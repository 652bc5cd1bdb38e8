import { adviceText } from '../domain/next-step.js';
import type { EndUser } from '../domain/run/end-user.js';
import type { Problem } from '../domain/errors.js';
import type { JsonSchema } from '../domain/values/json.js';
import { authoredPlan } from '../domain/plan/authored-plan.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { aboutMarks, between, type Marks } from '../domain/values/marks.js';
import type { ModelMessage } from '../models/model.js';
import { describeTools, type ToolDescription } from './offered-tools.js';
import { asReplied } from './old-steps.js';

export interface Refinement {
  plan: Plan;
  /** What is to be different, in the person's words. */
  hint: string;
}

export interface PlanningContext {
  query: string;
  tools: readonly ToolDescription[];
  /** Names and descriptions are shown, never defaults or values. */
  planInputs: readonly PlanInput[];
  /** Plans of other requests that show what a good plan looks like here. */
  examples: readonly Plan[];
  /** What the plan may build on about the person it is for. Its id and empty facts are not shown. */
  endUser?: EndUser | undefined;
  /** YYYY-MM-DD. */
  today: string;
  /** JSON Schema into which the final output is brought after the last step. */
  outputSchema?: JsonSchema | undefined;
  /** A plan for the request that is to be changed, and how. */
  refine?: Refinement | undefined;
  /** What was wrong with the reply before; empty the first time. */
  previousProblems: readonly Problem[];
  /** What surrounds the data of this request. */
  marks: Marks;
}

/** The conversation that asks for a plan: how to plan, then what to plan. Everything quoted is JSON between marks, so it stays data. */
export function planningMessages(context: PlanningContext): ModelMessage[] {
  return [
    { role: 'system', text: INSTRUCTIONS },
    { role: 'user', text: describeRequest(context) },
  ];
}

// Every word of it is waited for where the model runs on a small machine: tests/planner holds the length.
const INSTRUCTIONS = `You are a planner: you turn a request into a short list of steps, and never carry them out. An agent does each step. It sees the task, the inputs' values and the one tool of its step, neither the request nor other steps. The last step's value is the result.

task: completely what to do, in one or two sentences. Copy ids, names, numbers and quotations exactly; make no value up; name no tool. {{{{ writes two braces.
tool_id: the id of a listed tool, character by character, or null for thinking and writing. A tool with * acts outside: only when the request asks for that.
inputs: earlier outputs and plan inputs that the step needs, nothing else. What is not known yet, an earlier step finds out.
output: $ and lower-case words joined by _; every step has its own.
condition or when: for a step of one case only, a plain sentence or a JSONata expression such as $count($rows) >= 3. Who judges it sees it and the values alone. All steps of that case repeat it.
writes: globs such as ["out/*.md"] of files whose names the step itself finds out.
A key that is not needed is null. Use few steps, and every plan input; add none.

When a tool, an input or a fact is missing, give no steps, and say in "error" what is missing.

Reply with JSON of this form:
{"steps": [{"task": "Find the item's price.", "inputs": [{"name": "$item", "description": "what to find"}], "tool_id": "search_tool", "output": "$price", "condition": null, "when": null, "writes": null}], "error": null}`;

function describeRequest(context: PlanningContext): string {
  const { planInputs, examples, endUser, outputSchema, refine, previousProblems, marks } = context;
  const facts = endUser === undefined ? {} : shownFacts(endUser);
  const data = (text: string) => between(marks, text);
  const asked = refine === undefined ? context.query : `${context.query}\n${refine.hint}`;
  const sections = [
    aboutMarks(marks),
    section('Today', context.today),
    section('Tools', data(describeTools(context.tools, asked) || 'There are none: every tool_id is null.')),
    planInputs.length > 0 && section('Plan inputs', data(lines(planInputs.map(describeInput)))),
    Object.keys(facts).length > 0 && section('End user', data(JSON.stringify(facts))),
    examples.length > 0 && section('Examples', describeExamples(examples, marks)),
    outputSchema !== undefined && section('Form of the result', describeResult(outputSchema, marks)),
    section('Request', context.query),
    refine !== undefined && section('Steps so far', data(describeOldSteps(refine.plan))),
    refine !== undefined && section('Change', `${refine.hint}\n\n${HOW_TO_CHANGE}`),
    previousProblems.length > 0 && section('Your previous reply was rejected', describeProblems(previousProblems)),
  ];
  return sections.filter((text) => text !== false).join('\n\n');
}

function section(title: string, text: string): string {
  return `## ${title}\n${text}`;
}

function lines(values: unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join('\n');
}

function describeInput({ name, description }: PlanInput): unknown {
  return { name, description: description ?? '' };
}

function shownFacts({ name, email, phone_number, additional_data: data }: EndUser): Record<string, string> {
  const known = { name, email, phone_number, ...data };
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function describeExamples(examples: readonly Plan[], marks: Marks): string {
  const plans = examples.map((plan) => ({
    query: plan.plan_context.query,
    tool_ids: plan.plan_context.tool_ids,
    steps: plan.steps.flatMap((step) => asReplied(step) ?? []),
  }));
  return `Good plans of other requests. Plan in their manner, and prefer their tools where they fit.\n${between(marks, lines(plans))}`;
}

const HOW_TO_CHANGE = `Reply with all steps of the changed plan, in order:
- for a step that stays as it is, whatever its kind: {"keep": its number} and nothing else;
- for a step marked "whole", such as a loop, a question or a computation, that has to change: {"change": its number, "step": the whole step with what is different}, of the same kind;
- for another step that has to change, and for a new one: the step written out as always. One that changes keeps its output.
Keep every step, and the order, that the change does not touch. When the change cannot be made like this, reply with an error that says why.`;

/** Each step with the number by which a reply keeps it; those of kinds that are not planned in their own language. */
function describeOldSteps(plan: Plan): string {
  return lines(
    authoredPlan(plan).steps.map((step, number) =>
      step.kind === undefined || step.kind === 'llm'
        ? { number, step: asReplied(step) }
        : { number, whole: true, step },
    ),
  );
}

function describeResult(schema: JsonSchema, marks: Marks): string {
  const what = 'After the last step the result is brought into this form. Plan the steps so that it can be filled.';
  return `${what}\n${between(marks, JSON.stringify(schema))}`;
}

function describeProblems(problems: readonly Problem[]): string {
  const list = problems.map(({ message, fix, pointer }) => {
    const [, index] = /^\/steps\/(\d+)/.exec(pointer) ?? [];
    const place = index === undefined || message.startsWith('Step ') ? '' : `Step ${Number(index) + 1}: `;
    return `- ${place}${message}${fix === undefined ? '' : ` ${adviceText(fix)}`}`;
  });
  return `${list.join('\n')}\nReply with a corrected plan for the same request.`;
}
