import { parseExpression } from '../expressions/expression.js';
import { parseBareOrTemplate, parseTemplate, templatesIn } from '../expressions/template.js';
import type { JsonObject } from '../values/json.js';
import { bareName } from '../values/names.js';
import type { Step } from './plan.js';
import type { NameSource } from './step-kinds/step-kind.js';
import { kindOf } from './step-kinds/step-kinds.js';

/**
 * Names that the step's own work takes, without `$`, each once: not those of its condition, nor of its blocks. Throws an
 * ExpressionError for an expression or template that does not parse.
 */
export function namesTaken(step: Step): string[] {
  return unique(kindOf(step).takes(step).flatMap(namesOfSource));
}

function namesOfSource(source: NameSource): string[] {
  if ('names' in source) return source.names.map(bareName);
  if ('templates' in source) return namesInTemplates(source.templates);
  const expression = 'expression' in source ? parseExpression(source.expression) : parseBareOrTemplate(source.list);
  return [...expression.variables.keys()];
}

/** Names in the templates of a value, each once. Throws an ExpressionError for a template that does not parse. */
export function namesInTemplates(values: JsonObject): string[] {
  const parts = templatesIn(values).flatMap(({ text }) => parseTemplate(text));
  return unique(parts.flatMap((part) => (part.kind === 'expression' ? [...part.expression.variables.keys()] : [])));
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
