import type { ToolEffect } from '../domain/events.js';
import { stepBlocks, toolsOfSteps } from '../domain/plan-steps.js';
import type { Plan, PlanInput, Step } from '../domain/plan.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from './printable.js';
import { fullBody, layoutStep, measureSteps } from './step-layout.js';
import { stepLines, withDollar } from './step-lines.js';
import { wrapTo } from './text-width.js';

export interface PlanViewOptions {
  /** Effect of each tool that is known here; without it the footer does not speak of effects. */
  effects?: ReadonlyMap<string, ToolEffect> | undefined;
}

/** A plan as the tree that a person approves: every step with what it does, takes and leaves. Ends with a newline. */
export function planView(plan: Plan, look: Look, options: PlanViewOptions = {}): string {
  return `${[
    ...planHead(plan, look),
    '',
    ...planTree(plan.steps, look),
    '',
    ...planFooter(plan, look, options).map((line) => `   ${line}`),
  ].join('\n')}\n`;
}

function planHead(plan: Plan, look: Look): string[] {
  const made =
    plan.metadata.planner === 'hand' ? '' : `  ${look.colour.dim(`by the ${plan.metadata.planner} planner`)}`;
  return [
    `${look.colour.bold('Plan')} ${plan.id}${made}`,
    ...(plan.derived_from === undefined ? [] : [look.colour.dim(`made from ${plan.derived_from}`)]),
    ...wrapTo(oneLine(plan.plan_context.query), look.columns),
    ...plan.plan_inputs.flatMap((input) => inputLines(input, look)),
  ];
}

function inputLines(input: PlanInput, look: Look): string[] {
  const standard = input.default === undefined ? 'required' : `default ${oneLine(JSON.stringify(input.default))}`;
  const description = input.description ? `: ${oneLine(input.description)}` : '';
  return wrapTo(`takes ${oneLine(withDollar(input.name))} (${standard})${description}`, look.columns).map(
    look.colour.dim,
  );
}

function planTree(steps: Step[], look: Look): string[] {
  const lines = stepLines(steps);
  const columns = measureSteps(
    lines.map(({ depth, number, who }) => ({ depth, number, who })),
    look,
  );
  return lines.flatMap((line) =>
    layoutStep(
      {
        depth: line.depth,
        number: line.number,
        mark: { text: look.symbols[line.symbol] },
        who: line.who,
        body: fullBody(line, columns.body, look),
      },
      columns,
      look,
    ),
  );
}

function planFooter(plan: Plan, look: Look, options: PlanViewOptions): string[] {
  const tools = toolsOfSteps(plan.steps);
  const calls = modelCalls(plan.steps);
  if (plan.summarize === true) calls.least += 1;
  const parts = [
    count(allSteps(plan.steps).length, 'step'),
    count(tools.length, 'tool'),
    calls.least === 0 && !calls.open
      ? 'no model calls'
      : `${calls.open ? 'at least' : 'about'} ${count(calls.least, 'model call')}`,
    ...(options.effects === undefined ? [] : [effectsText(tools, options.effects)]),
  ];
  return wrapTo(parts.join(` ${look.symbols.separator} `), look.columns - 3).map(look.colour.dim);
}

function allSteps(steps: Step[]): Step[] {
  return steps.flatMap((step) => [step, ...stepBlocks(step).flatMap((block) => allSteps(block.steps))]);
}

/** Model calls of one pass; `open` when loops or free agents may need more. */
function modelCalls(steps: Step[]): { least: number; open: boolean } {
  let least = 0;
  let open = false;
  for (const step of allSteps(steps)) {
    if (typeof step.condition === 'string' && step.condition !== '') least += 1;
    if (step.kind === undefined || step.kind === 'llm' || step.kind === 'react') least += 1;
    if (step.kind === 'if') least += step.branches.filter((branch) => Boolean(branch.condition)).length;
    open ||= mayNeedMore(step);
  }
  return { least, open };
}

function mayNeedMore(step: Step): boolean {
  switch (step.kind) {
    case 'react':
    case 'plan':
      return true;
    case 'for_each':
    case 'while':
    case 'do_while': {
      const { least, open } = modelCalls(step.steps);
      return least > 0 || open || Boolean(step.condition);
    }
    case undefined:
    case 'tool':
    case 'llm':
    case 'compute':
    case 'user_input':
    case 'user_verify':
    case 'if':
    case 'exit':
      return false;
  }
}

function effectsText(tools: string[], effects: ReadonlyMap<string, ToolEffect>): string {
  const changing = tools.filter((tool) => effects.has(tool) && effects.get(tool) !== 'read');
  const unknown = tools.filter((tool) => !effects.has(tool));
  const parts = [
    ...(changing.length === 0
      ? []
      : [`acts with ${changing.map((tool) => `${oneLine(tool)}${onceText(effects.get(tool))}`).join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`not available here: ${unknown.map(oneLine).join(', ')}`]),
  ];
  return parts.length === 0 ? 'only reads' : parts.join(', ');
}

function onceText(effect: ToolEffect | undefined): string {
  return effect === 'once' ? ' (asks first)' : '';
}
