import vm from 'node:vm';

import type { ErrorObject, Options, ValidateFunction } from 'ajv';

import { messageOf, PortiaError } from '../domain/errors.js';
import { depthOf, MAX_DEPTH, type Json, type JsonSchema } from '../domain/json.js';

/** One place where a value does not fit a schema. */
export interface SchemaProblem {
  /** JSON pointer into the value; empty for the whole. */
  pointer: string;
  message: string;
  /** The schema's keyword that was broken, e.g. `required`. */
  keyword: string;
  /** With `required`: the property that is absent. */
  missing?: string;
}

export type CheckValue = (value: Json) => SchemaProblem[];

/**
 * A checker for a JSON Schema that somebody else wrote: draft 7 when it says so, else 2020-12.
 * Unknown keywords are ignored, references to other documents are refused.
 * Rejects with `invalid-input` when the schema itself is broken.
 *
 * A `pattern` runs under a time limit of PATTERN_MS, because some patterns need hours for 40 characters;
 * a text that takes longer does not fit.
 */
export async function compileSchema(schema: JsonSchema): Promise<CheckValue> {
  if (depthOf(schema) > MAX_DEPTH) throw broken(`it nests deeper than ${MAX_DEPTH} levels`);
  const { $schema: draft, ...body } = schema;
  const formats = await import('ajv-formats');
  const ajv = await createAjv(typeof draft === 'string' && /draft-0[67]/.test(draft));
  formats.default.default(ajv);
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(body);
  } catch (cause) {
    throw broken(messageOf(cause), cause);
  }
  return (value) => check(validate, value);
}

function broken(why: string, cause?: unknown): PortiaError {
  return new PortiaError('invalid-input', `The JSON Schema cannot be used: ${why}.`, {
    why,
    fix: 'Correct the schema: draft 2020-12 or 7, without references to other documents.',
    cause,
  });
}

/** How long one pattern may look at one text. */
export const PATTERN_MS = 100;

async function createAjv(draft7: boolean) {
  const options: Options = {
    strict: false,
    allErrors: true,
    addUsedSchema: false,
    logger: false,
    code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
  };
  if (draft7) {
    const { Ajv } = await import('ajv');
    return new Ajv(options);
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020(options);
}

class PatternTooSlow extends Error {}

function boundedPattern(pattern: string, flags: string): { test(text: string): boolean } {
  const regExp = new RegExp(pattern, flags);
  const context = vm.createContext(Object.assign(Object.create(null), { regExp, text: '' }));
  const script = new vm.Script('regExp.test(text)');
  return {
    test(text) {
      context['text'] = text;
      try {
        return script.runInContext(context, { timeout: PATTERN_MS }) === true;
      } catch {
        throw new PatternTooSlow(`takes longer than ${PATTERN_MS} ms against the pattern ${JSON.stringify(pattern)}`);
      }
    },
  };
}

function check(validate: ValidateFunction, value: Json): SchemaProblem[] {
  try {
    return validate(value) ? [] : (validate.errors ?? []).map(toProblem);
  } catch (error) {
    if (error instanceof PatternTooSlow) return [{ pointer: '', message: error.message, keyword: 'pattern' }];
    throw error;
  }
}

function toProblem({ instancePath, keyword, message = 'does not fit', params }: ErrorObject): SchemaProblem {
  const problem = { pointer: instancePath, message: `${message}${detail(keyword, params)}`, keyword };
  const missing: unknown = keyword === 'required' ? params['missingProperty'] : undefined;
  return typeof missing === 'string' ? { ...problem, missing } : problem;
}

/** What ajv keeps out of its message. */
function detail(keyword: string, params: Record<string, unknown>): string {
  switch (keyword) {
    case 'enum':
      return `: ${JSON.stringify(params['allowedValues'])}`;
    case 'const':
      return `: ${JSON.stringify(params['allowedValue'])}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `: ${JSON.stringify(params['additionalProperty'] ?? params['unevaluatedProperty'])}`;
    default:
      return '';
  }
}
