import { ExpressionError } from '../domain/expressions/expression-error.js';
import { parseBareOrTemplate, parseTemplate, templatesIn, wholeExpression } from '../domain/expressions/template.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import type { ForEachStep, Step } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import { namesTaken } from '../domain/plan/step-references.js';
import type { ValueSource } from '../domain/run/clarification.js';
import { distinctSources } from '../domain/run/value-sources.js';
import { canonicalJson, type Json, type JsonObject } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import type { StepInput } from './prompts/value-block.js';
import type { Scope } from './scope.js';

/** Where each argument of a call came from, found only when somebody is asked. */
export type ArgumentSources = (argument: string) => readonly ValueSource[] | undefined;

const PLAN: readonly ValueSource[] = [{ from: 'plan' }];
export const PERSON: readonly ValueSource[] = [{ from: 'person' }];
const HOOK: readonly ValueSource[] = [{ from: 'hook' }];

/** Where what a step leaves came from; `scope` has the names that the step takes. */
export function sourcesOfStep(step: Step, path: string, scope: Scope): readonly ValueSource[] {
  const { kind } = step;
  if (kind === 'user_input' || kind === 'user_verify') return [{ from: 'person', step: path }];
  if (kind === 'tool') return [{ from: 'tool', tool: step.tool_id, step: path }];
  if (kind === undefined && step.tool_id !== null && step.tool_id !== LLM_TOOL) {
    return [{ from: 'tool', tool: step.tool_id, step: path }];
  }
  if (kind === undefined || kind === 'llm' || kind === 'react') {
    const tools = kind === 'react' ? toolsInside(step, path) : [];
    return distinctSources([{ from: 'model', step: path }, ...tools, ...taken(step, scope)]);
  }
  if (kind !== 'compute') return distinctSources([{ from: 'step', step: path }, ...toolsInside(step, path)]);
  const sources = taken(step, scope);
  return sources.length === 0 ? PLAN : distinctSources(sources);
}

/** The same for the item that a loop is at. */
export function sourcesOfItem({ over }: ForEachStep, scope: Scope): readonly ValueSource[] {
  const names = namesOrNone(() =>
    typeof over === 'string'
      ? [...parseBareOrTemplate(over).variables.keys()]
      : templatesIn(over).flatMap(({ text }) => namesIn(text)),
  );
  const sources = names.flatMap((name) => scope.sources(name));
  return sources.length === 0 ? PLAN : distinctSources(sources);
}

function taken(step: Step, scope: Scope): ValueSource[] {
  return namesOrNone(() => namesTaken(step)).flatMap((name) => [...scope.sources(name)]);
}

function toolsInside(step: Step, path: string): ValueSource[] {
  return toolsOfSteps([step]).map((tool) => ({ from: 'tool', tool, step: path }));
}

/** The arguments of a plan's own call, with the names that its templates take. */
export function sourcesOfTemplates(args: JsonObject, scope: Scope): ArgumentSources {
  return (argument) => {
    const value = Object.hasOwn(args, argument) ? args[argument] : undefined;
    return value === undefined ? undefined : distinctSources(textsIn(value).flatMap((text) => ofText(text, scope)));
  };
}

/** Every text of a value; what is not a text stands in the plan as it is. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [''];
  const inside = Object.values(value).flatMap(textsIn);
  return inside.length === 0 ? [''] : inside;
}

function ofText(text: string, scope: Scope): ValueSource[] {
  const names = namesOrNone(() => namesIn(text));
  const isWhole = names.length > 0 && wholeExpression(parseTemplate(text)) !== undefined;
  const named = names.flatMap((name) => scope.sources(name).map((source) => ({ ...source, name: `$${name}` })));
  return isWhole ? named : [...PLAN, ...named];
}

function namesIn(text: string): string[] {
  const parts = text.includes('{{') ? parseTemplate(text) : [];
  return parts.flatMap((part) => (part.kind === 'expression' ? [...part.expression.variables.keys()] : []));
}

/** What cannot be parsed has failed, or fails, on its own. */
function namesOrNone(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** A value that an agent has, with where it came from. */
export interface SourcedInput extends StepInput {
  sources: readonly ValueSource[];
}

/** The arguments that a model wrote, of which some pass on a value whole: `written` still has their names. */
export function sourcesOfWritten(
  written: JsonObject,
  { values, model }: { values: readonly SourcedInput[]; model: ValueSource },
): ArgumentSources {
  return (argument) => {
    const value = Object.hasOwn(written, argument) ? written[argument] : undefined;
    if (value === undefined) return undefined;
    const texts = textsIn(value).map((text) => values.find((input) => isNameOf(text, input)));
    const passed = texts.flatMap((input) => (input === undefined ? [] : sourcesOfInput(input)));
    return distinctSources(texts.includes(undefined) ? [model, ...passed] : passed);
  };
}

/** The sources of a value by its name. */
export function sourcesOfInput({ name, sources }: SourcedInput): ValueSource[] {
  return sources.map((source) => ({ ...source, name: `$${bareName(name)}` }));
}

function isNameOf(text: string, { name }: StepInput): boolean {
  const written = /^\{\{\s*\$?([^\s{}]+)\s*\}\}$/.exec(text)?.[1];
  return written !== undefined && bareName(written) === bareName(name);
}

/** The same, but that a person gave these arguments. */
export function givenByPerson(sources: ArgumentSources | undefined, names: ReadonlySet<string>): ArgumentSources {
  return (argument) => (names.has(argument) ? PERSON : sources?.(argument));
}

/** The same, but that a hook gave these arguments. */
export function givenByHook(sources: ArgumentSources | undefined, names: ReadonlySet<string>): ArgumentSources {
  return (argument) => (names.has(argument) ? HOOK : sources?.(argument));
}

/** The top-level arguments that differ. */
export function changedNames(before: JsonObject, after: JsonObject): Set<string> {
  if (before === after) return new Set();
  return new Set(Object.keys(after).filter((name) => canonicalJson(before[name]) !== canonicalJson(after[name])));
}

/** As a question has them: of each argument; one that nobody gave is filled in by the tool. */
export function recordedSources(
  args: JsonObject,
  { tool, sources }: { tool: string; sources: ArgumentSources | undefined },
): Record<string, ValueSource[]> | undefined {
  if (sources === undefined) return undefined;
  const own: ValueSource[] = [{ from: 'tool', tool }];
  return Object.fromEntries(Object.keys(args).map((name) => [name, [...(sources(name) ?? own)]]));
}
