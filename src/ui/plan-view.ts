import type { ToolEffect } from '../domain/values/tool-effects.js';
import type { AgentType } from '../domain/values/agent-types.js';
import { countPlan, type KnownPlans, type PlanCounts } from '../domain/plan/inner-plans.js';
import { exampleText } from '../domain/plan/plan-example.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { bareName } from '../domain/values/names.js';
import type { Json } from '../domain/values/json.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { type Cut, fullBody, limitLines, layoutStep, measureSteps } from './step-layout.js';
import { wholeStepLines } from './step-lines.js';
import { withDollar } from './step-notes.js';
import { wrapTo } from './text-width.js';

export interface PlanViewOptions {
  /** Values that inputs of the plan are given, by name. */
  inputs?: Readonly<Record<string, Json>> | undefined;
  /** Long texts may be cut. Without it everything is shown. */
  cut?: Cut | undefined;
  /** The stored plans that steps run by their id. */
  plans?: KnownPlans | undefined;
  /** Effect of each tool that is known here; without it the footer does not speak of effects. */
  effects?: ReadonlyMap<string, ToolEffect> | undefined;
  /** Tools that send their arguments to another machine. */
  senders?: ReadonlySet<string> | undefined;
  /** How agents work that do not say. */
  agent?: AgentType | undefined;
  /** Only the built-in tools are known here, because no others were loaded. */
  isOnlyBuiltin?: boolean | undefined;
}

/** A plan as the tree that a person approves: every step with what it does, takes and leaves. Ends with a newline. */
export function planView(plan: Plan, look: Look, options: PlanViewOptions = {}): string {
  return `${[
    ...planHead(plan, look, options),
    '',
    ...planTree(plan, look, options),
    '',
    ...wrapTo(planSummary(plan, look, options), look.columns - 3).map((line) => `   ${look.colour.dim(line)}`),
  ].join('\n')}\n`;
}

function planHead(plan: Plan, look: Look, options: PlanViewOptions): string[] {
  const values = new Map(Object.entries(options.inputs ?? {}).map(([name, value]) => [bareName(name), value]));
  const made =
    plan.metadata.planner === 'hand' ? '' : `  ${look.colour.dim(`by the ${plan.metadata.planner} planner`)}`;
  return [
    `${look.colour.bold('Plan')} ${plan.id}${made}`,
    ...(plan.derived_from === undefined ? [] : [look.colour.dim(`made from ${plan.derived_from}`)]),
    ...(plan.metadata.examples ?? []).flatMap((example) =>
      wrapTo(oneLine(`learned from ${exampleText(example)}`), look.columns).map(look.colour.dim),
    ),
    ...wrapTo(oneLine(plan.plan_context.query), look.columns),
    ...plan.plan_inputs.flatMap((input) =>
      inputLines(input, values.get(bareName(input.name)), { look, cut: options.cut }),
    ),
  ];
}

function inputLines(
  input: PlanInput,
  given: Json | undefined,
  { look, cut }: { look: Look; cut: Cut | undefined },
): string[] {
  if (given !== undefined) {
    const value = isSecretSchema(input.schema) ? '(secret)' : printable(JSON.stringify(given));
    const lines = wrapTo(`${oneLine(withDollar(input.name))} = ${value}`, look.columns);
    return limitLines(lines, look, cut).map(look.colour.dim);
  }
  const standard = input.default === undefined ? 'required' : `default ${oneLine(JSON.stringify(input.default))}`;
  const description = input.description ? `: ${oneLine(input.description)}` : '';
  return wrapTo(`takes ${oneLine(withDollar(input.name))} (${standard})${description}`, look.columns).map(
    look.colour.dim,
  );
}

function planTree(plan: Plan, look: Look, { plans = NONE, senders, cut }: PlanViewOptions): string[] {
  const lines = wholeStepLines(plan, { plans, senders });
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
        body: fullBody(line, { width: columns.body, cut }, look),
      },
      columns,
      look,
    ),
  );
}

/**
 * The totals of a plan with all plans inside it: `3 steps · 2 tools · about 3 model calls · only reads`. Plain text.
 */
export function planSummary(plan: Plan, look: Pick<Look, 'symbols'>, options: PlanViewOptions = {}): string {
  const counts = countPlan(plan, options.plans ?? NONE, options.agent);
  return [
    count(counts.steps, 'step'),
    count(counts.tools.length, 'tool'),
    callsText(counts.calls),
    ...(options.effects === undefined ? [] : effectTexts(counts, options.effects, options.isOnlyBuiltin === true)),
    ...sendTexts(counts, options.senders),
    ...(counts.unknown.length === 0 ? [] : [`not counted: ${counts.unknown.map(oneLine).join(', ')}`]),
  ].join(` ${look.symbols.separator} `);
}

const NONE: KnownPlans = new Map();

function callsText({ least, open }: PlanCounts['calls']): string {
  if (least === 0) return open ? 'perhaps model calls' : 'no model calls';
  return `${open ? 'at least' : 'about'} ${count(least, 'model call')}`;
}

function effectTexts(
  { tools, unknown }: PlanCounts,
  effects: ReadonlyMap<string, ToolEffect>,
  isOnlyBuiltin: boolean,
): string[] {
  const changing = tools.filter((tool) => effects.has(tool) && effects.get(tool) !== 'read');
  const missing = tools.filter((tool) => !effects.has(tool));
  const parts = [
    ...(changing.length === 0
      ? []
      : [`acts with ${changing.map((tool) => `${oneLine(tool)}${onceText(effects.get(tool))}`).join(', ')}`]),
    ...(missing.length === 0
      ? []
      : [
          `${isOnlyBuiltin ? 'portia check says what these do' : 'not available here'}: ${missing.map(oneLine).join(', ')}`,
        ]),
  ];
  if (parts.length > 0) return [parts.join(', ')];
  return unknown.length > 0 ? [] : ['only reads'];
}

function sendTexts({ tools }: PlanCounts, senders: ReadonlySet<string> | undefined): string[] {
  const sending = tools.filter((tool) => senders?.has(tool));
  return sending.length === 0 ? [] : [`sends with ${sending.map(oneLine).join(', ')}`];
}

function onceText(effect: ToolEffect | undefined): string {
  return effect === 'once' ? ' (asks first)' : '';
}
