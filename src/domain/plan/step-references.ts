import { parseExpression } from '../expressions/expression.js';
import type { Json, JsonObject } from '../values/json.js';
import { bareName } from '../values/names.js';
import type { AgentStep, LlmStep, ReactStep, Step } from './plan.js';
import { parseBareOrTemplate, parseTemplate, templatesIn } from '../expressions/template.js';

/**
 * Names that the step's own work takes, without `$`, each once: not those of its condition, nor of its blocks. Throws an
 * ExpressionError where the step has an expression or template that cannot be read.
 */
export function namesTaken(step: Step): string[] {
  switch (step.kind) {
    case undefined:
    case 'llm':
    case 'react':
      return unique([...step.inputs.map(({ name }) => bareName(name)), ...namesInTemplates(textsOf(step))]);
    case 'tool':
      return namesInTemplates(step.args);
    case 'plan':
      return namesInTemplates(step.inputs);
    case 'compute':
      return namesIn(step.expression);
    case 'user_input': {
      const options = step.options === undefined ? [] : namesInList('options', step.options);
      return unique([...namesInTemplates({ message: step.message }), ...options]);
    }
    case 'user_verify':
    case 'exit':
      return namesInTemplates({ message: step.message });
    case 'for_each':
      return namesInList('over', step.over);
    case 'if':
    case 'while':
    case 'do_while':
      return [];
  }
}

/** The texts of a model's step whose templates are filled in. */
export function textsOf(step: AgentStep | LlmStep | ReactStep): JsonObject {
  const { task } = step;
  return step.kind === 'llm' && step.system_prompt !== undefined
    ? { task, system_prompt: step.system_prompt }
    : { task };
}

/** A list is given by an expression, or written out with templates in it. */
function namesInList(key: string, list: string | Json[]): string[] {
  if (typeof list !== 'string') return namesInTemplates({ [key]: list });
  return [...parseBareOrTemplate(list).variables.keys()];
}

function namesIn(source: string): string[] {
  return [...parseExpression(source).variables.keys()];
}

/** Names in the templates of a value, each once. Throws an ExpressionError for a template that does not parse. */
export function namesInTemplates(values: JsonObject): string[] {
  const parts = templatesIn(values).flatMap(({ text }) => parseTemplate(text));
  return unique(parts.flatMap((part) => (part.kind === 'expression' ? [...part.expression.variables.keys()] : [])));
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
