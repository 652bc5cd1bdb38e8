import { parseBareOrTemplate, parseTemplate, templatesIn } from '../../../../src/domain/expressions/template.js';
import type { Step } from '../../../../src/domain/plan/plan.js';
import { namesInTemplates, namesTaken } from '../../../../src/domain/plan/step-references.js';
import { stepKind } from '../../../../src/domain/plan/step-kinds/step-kinds.js';
import type { Json, JsonObject } from '../../../../src/domain/values/json.js';

type Guard = Pick<Step, 'when' | 'condition'>;

/** Bare names in an expression, which may stand inside one template. */
export function namesInExpression(text: string): string[] {
  return [...parseBareOrTemplate(text).variables.keys()];
}

/** Bare names in the templates of a value. */
export function namesInTexts(value: Json | undefined): string[] {
  return value === undefined ? [] : namesInTemplates({ value });
}

/** Bare names that a condition names; a sentence may name values without a template. */
export function namesInGuard({ when, condition }: Guard): string[] {
  const said = condition || '';
  const written = [...said.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
  return [...(when === undefined ? [] : namesInExpression(when)), ...namesInTexts(said), ...written];
}

/** Bare names that a step works with: not those of its blocks. */
export function namesUsed(step: Step): string[] {
  const branches = step.kind === 'if' ? step.branches : [];
  return [...namesTaken(step), ...[step, ...branches].flatMap(namesInGuard)];
}

/** Bare names from which a question takes what can be chosen. */
export function namesInOptions(step: Step): string[] {
  if (step.kind !== 'user_input') return [];
  const { options } = step;
  return typeof options === 'string' ? namesInExpression(options) : namesInTexts(options);
}

/** Bare names of what a question shows. */
export function namesShown(step: Step): string[] {
  return step.kind === 'user_input' || step.kind === 'user_verify'
    ? [...namesInTexts(step.message), ...namesInOptions(step)]
    : [];
}

/** A step without the steps in it. */
export function ownParts(step: Step): Json {
  const { steps: _steps, else: _else, plan: _plan, branches, ...own } = { ...step } as unknown as JsonObject;
  const guards = step.kind === 'if' ? step.branches.map(({ when = '', condition }) => [when, condition ?? '']) : [];
  return branches === undefined ? own : { ...own, guards };
}

/** Every text in a value. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The sources of the expressions that a step has, those in its texts too. */
export function expressionsOf(step: Step): string[] {
  const parts = templatesIn(ownParts(step)).flatMap(({ text }) => parseTemplate(text));
  const inTexts = parts.flatMap((part) => (part.kind === 'expression' ? part.expression.source : []));
  const branches = step.kind === 'if' ? step.branches : [];
  const guards = [step, ...branches].flatMap(({ when }) => when ?? []);
  const own = step.kind === 'compute' ? [step.expression] : [];
  const list = step.kind === 'for_each' && typeof step.over === 'string' ? [step.over] : [];
  const collected = step.kind === 'for_each' && step.collect !== undefined ? [step.collect] : [];
  return [...own, ...list, ...collected, ...guards, ...inTexts];
}

/** Whether an expression picks some of a list. */
export function picks(expression: string): boolean {
  return /\[[^\]]*[=<>!]|\$filter|\bin\b/.test(expression);
}

/** How many times a model works for a step: not in its blocks. */
export function modelPlaces(step: Step): number {
  const kind = stepKind(step);
  const works = kind === 'agent' || kind === 'llm' || kind === 'react' ? 1 : 0;
  const branches = step.kind === 'if' ? step.branches : [];
  return works + [step, ...branches].filter(({ condition }) => Boolean(condition)).length;
}
