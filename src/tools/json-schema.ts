import vm from 'node:vm';

import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';

import { messageOf, PortiaError } from '../domain/errors.js';
import { depthOf, MAX_DEPTH, type Json, type JsonSchema } from '../domain/json.js';

/** One place where a value does not fit a schema. */
interface SchemaProblem {
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
 * A `pattern` runs under the time limits of PATTERN_MS, because some patterns need hours for 40 characters;
 * a text that takes longer does not fit.
 */
export async function compileSchema(schema: JsonSchema): Promise<CheckValue> {
  if (depthOf(schema) > MAX_DEPTH) throw broken(`it nests deeper than ${MAX_DEPTH} levels`);
  const { $schema: draft, ...body } = schema;
  const ajv = await (typeof draft === 'string' && /draft-0[67]/.test(draft) ? draft7() : draft2020());
  try {
    const validate = ajv.compile(body);
    return (value) => check(validate, value);
  } catch (cause) {
    throw broken(messageOf(cause), cause);
  } finally {
    // Else ajv keeps every schema, and refuses a second one with the same $id.
    ajv.removeSchema(body);
  }
}

function broken(why: string, cause?: unknown): PortiaError {
  return new PortiaError('invalid-input', `The JSON Schema cannot be used: ${why}.`, {
    why,
    fix: 'Correct the schema: draft 2020-12 or 7, without references to other documents.',
    cause,
  });
}

/**
 * How long one pattern may look at one text, and look again. A sound one takes microseconds, but the clock also runs
 * while the machine does something else; longer looks tell the two apart.
 */
const PATTERN_MS = [50, 100, 300];

const options = (): Options => ({
  strict: false,
  allErrors: true,
  // Else `constructor` counts as present in every object.
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
  code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
});

// Kept, because making one means to compile the schema of schemas.
const draft7 = once(async () => {
  const { Ajv } = await import('ajv');
  return withFormats(new Ajv(options()));
});
const draft2020 = once(async () => {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return withFormats(new Ajv2020(options()));
});

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

async function withFormats<Instance extends Ajv>(ajv: Instance): Promise<Instance> {
  const formats = await import('ajv-formats');
  formats.default.default(ajv);
  return ajv;
}

class PatternTooSlow extends Error {}

/** Only a script of node:vm can be ended by the clock while it runs. */
const sandbox: { context?: vm.Context; script: vm.Script } = { script: new vm.Script('regExp.test(text)') };

function boundedPattern(pattern: string, flags: string): { test(text: string): boolean; toString(): string } {
  const regExp = new RegExp(pattern, flags);
  return {
    test(text) {
      const context = (sandbox.context ??= vm.createContext(Object.create(null)));
      Object.assign(context, { regExp, text });
      for (const timeout of PATTERN_MS) {
        try {
          return sandbox.script.runInContext(context, { timeout }) === true;
        } catch {
          // Its time is over: the next look has more of it.
        }
      }
      throw new PatternTooSlow(`takes too long against the pattern ${JSON.stringify(pattern)}`);
    },
    // ajv takes patterns with the same text for the same.
    toString: () => String(regExp),
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
