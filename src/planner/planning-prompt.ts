import { factsOf, type EndUser } from '../domain/run/end-user.js';
import type { Problem } from '../domain/errors.js';
import type { JsonSchema } from '../domain/values/json.js';
import { authoredPlan } from '../domain/plan/authored-plan.js';
import type { Plan, PlanInput, Step } from '../domain/plan/plan.js';
import { placed } from '../domain/plan/step-path.js';
import { aboutMarks, between, type Marks } from '../domain/values/marks.js';
import { oneLine } from '../domain/values/printable.js';
import type { ModelMessage } from '../models/model.js';
import { describeTools, type ToolDescription } from './offered-tools.js';
import { FULL_INSTRUCTIONS } from './full-instructions.js';
import { asReplied } from './old-steps.js';
import type { PlanForm } from './plan-reply.js';
import { SIMPLE_INSTRUCTIONS } from './simple-instructions.js';

export interface Refinement {
  plan: Plan;
  /** What is to be different, in the person's words. */
  hint: string;
}

/** A tool that cannot work here. */
export interface ToolOff {
  id: string;
  /** A sentence: what it lacks. */
  why: string;
}

export interface PlanningContext {
  form: PlanForm;
  query: string;
  tools: readonly ToolDescription[];
  /** Those that the request may mean and that cannot work here: for an error that names them. */
  toolsOff?: readonly ToolOff[] | undefined;
  /** Names and descriptions are shown; of a plan that is changed all but values. */
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
    { role: 'system', text: context.form === 'full' ? FULL_INSTRUCTIONS : SIMPLE_INSTRUCTIONS },
    { role: 'user', text: describeRequest(context) },
  ];
}

function describeRequest(context: PlanningContext): string {
  const { form, toolsOff = [], planInputs, examples, endUser, outputSchema, refine, previousProblems, marks } = context;
  const facts = endUser === undefined ? {} : factsOf(endUser);
  const data = (text: string) => between(marks, text);
  const asked = refine === undefined ? context.query : `${context.query}\n${refine.hint}`;
  const sections = [
    aboutMarks(marks),
    section('Today', context.today),
    section('Tools', data(describeTools(context.tools, asked, form) || NO_TOOLS[form])),
    toolsOff.length > 0 && section('Tools that are off', describeToolsOff(toolsOff, marks)),
    planInputs.length > 0 &&
      section('Plan inputs', data(lines(planInputs.map(refine === undefined ? describeInput : withoutValue)))),
    Object.keys(facts).length > 0 && section('End user', data(JSON.stringify(facts))),
    examples.length > 0 && section('Examples', describeExamples(examples, { form, marks })),
    outputSchema !== undefined && section('Form of the result', describeResult(outputSchema, marks)),
    section('Request', context.query),
    refine !== undefined && section('Steps so far', data(describeOldSteps(refine.plan, form))),
    refine !== undefined && section('Change', `${refine.hint}\n\n${HOW_TO_CHANGE[form]}`),
    previousProblems.length > 0 &&
      section('Your previous reply was rejected', describeProblems(previousProblems, marks)),
  ];
  return sections.filter((text) => text !== false).join('\n\n');
}

function describeToolsOff(tools: readonly ToolOff[], marks: Marks): string {
  const list = tools.map(({ id, why }) => `${oneLine(id)}: ${oneLine(why)}`);
  const what = 'They cannot be used. When the request needs one, reply with an error that names it and what it lacks.';
  return `${what}\n${between(marks, list.join('\n'))}`;
}

const NO_TOOLS: Record<PlanForm, string> = {
  full: 'There are none.',
  simple: 'There are none: every tool_id is null.',
};

function section(title: string, text: string): string {
  return `## ${title}\n${text}`;
}

function lines(values: unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join('\n');
}

function describeInput({ name, description }: PlanInput): unknown {
  return { name, description: description ?? '' };
}

function describeExamples(examples: readonly Plan[], { form, marks }: { form: PlanForm; marks: Marks }): string {
  const plans = examples.map((plan) => {
    const { query, tool_ids } = plan.plan_context;
    const { plan_inputs, steps, output_schema } = authoredPlan(plan);
    const shown = steps.map((step) => inForm(step, form) ?? step);
    return { query, tool_ids, plan_inputs: plan_inputs.map(withoutValue), steps: shown, output_schema };
  });
  return `Good plans of other requests. Plan in their manner, and prefer their tools where they fit.\n${between(marks, lines(plans))}`;
}

/** Plans of older kinds have the value of a run there. */
function withoutValue({ value: _value, ...input }: PlanInput): unknown {
  return input;
}

/** A step as a reply in this form says it; undefined for what it can only say in the language of plans. */
function inForm(step: Step, form: PlanForm): unknown {
  if (form === 'full') return step;
  return step.kind === undefined || step.kind === 'llm' ? asReplied(step) : undefined;
}

const HOW_TO_CHANGE: Record<PlanForm, string> = {
  full: `Reply with all steps of the changed plan, in order: {"keep": its number} for a step that stays as it is, also inside of another one; every other step written out whole. One that changes keeps its output.
Keep every step, every key of a step, and the order, that the change does not touch. Plan inputs stay as they are: reply with one only to add it, or with what is different in it. When the change cannot be made, reply with an error that says why.`,
  simple: `Reply with all steps of the changed plan, in order:
- for a step that stays as it is, whatever its kind: {"keep": its number} and nothing else;
- for a step marked "whole", such as a loop, a question or a computation, that has to change: {"change": its number, "step": the whole step with what is different}, of the same kind;
- for another step that has to change, and for a new one: the step written out as always. One that changes keeps its output.
Keep every step, and the order, that the change does not touch. When the change cannot be made like this, reply with an error that says why.`,
};

/** Each step with the number by which a reply keeps it. */
function describeOldSteps(plan: Plan, form: PlanForm): string {
  return lines(
    authoredPlan(plan).steps.map((step, number) => {
      const said = inForm(step, form);
      return said === undefined ? { number, whole: true, step } : { number, step: said };
    }),
  );
}

function describeResult(schema: JsonSchema, marks: Marks): string {
  const what = 'After the last step the result is brought into this form. Plan the steps so that it can be filled.';
  return `${what}\n${between(marks, JSON.stringify(schema))}`;
}

function describeProblems(problems: readonly Problem[], marks: Marks): string {
  const list = problems.map(({ message, fix, pointer }) => {
    // Advice with commands is for people.
    const advice = typeof fix === 'string' ? ` ${fix}` : '';
    return `- ${placed(pointer, message)}${advice}`;
  });
  return `${between(marks, list.join('\n'))}\nReply with a corrected plan for the same request.`;
}
