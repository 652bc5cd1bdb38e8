import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';

import { messageOf, PortiaError } from '../domain/errors.js';
import { endlessReference } from './endless-reference.js';
import { depthOf, MAX_DEPTH, roughLength, type Json, type JsonSchema } from '../domain/values/json.js';
import { callWithin } from './bounded-call.js';
import { replaceKeywords } from './json-schema-keywords.js';

/** One place where a value does not fit a schema. */
interface SchemaProblem {
  /** JSON pointer into the value; empty for the whole. */
  pointer: string;
  message: string;
  /** The schema's keyword that was broken, e.g. `required`. */
  keyword: string;
  /** With `required`: the property that is absent. */
  missing?: string;
  /** The value could not be checked in time. */
  isTooSlow?: boolean;
}

export type CheckValue = (value: Json) => SchemaProblem[];

/** Milliseconds that the large schemas of one plan may still take together to be made ready. */
export interface CompileAllowance {
  milliseconds: number;
}

export const compileAllowance = (): CompileAllowance => ({ milliseconds: COMPILE_TOGETHER_MS });

export interface CompileOptions {
  /** Milliseconds that this process has worked; by default, all the time that passes counts as work. */
  cpuTime?: () => number;
  allowance?: CompileAllowance | undefined;
}

/**
 * A checker for a JSON Schema that somebody else wrote: draft 7 when it says so, else 2020-12.
 * Unknown keywords are ignored, references to other documents are refused.
 * Rejects with `invalid-input` when the schema itself is broken.
 *
 * What can take exponential time (references, patterns) or is large runs under a time limit; a value that takes longer
 * does not fit.
 */
export async function compileSchema(
  schema: JsonSchema,
  { cpuTime = () => performance.now(), allowance = compileAllowance() }: CompileOptions = {},
): Promise<CheckValue> {
  if (depthOf(schema) > MAX_DEPTH) throw broken(`it nests deeper than ${MAX_DEPTH} levels`);
  const endless = endlessReference(schema);
  if (endless !== undefined) throw broken(`the reference ${JSON.stringify(endless)} ${LEADS_BACK}`);
  const { $schema: draft, ...body } = schema;
  const dialect = await (typeof draft === 'string' && /draft-0[67]/.test(draft) ? draft7 : draft2020)();
  const size = roughLength(body, LARGEST);
  const compile = () => dialect.use((ajv) => compileWith(ajv, body));
  const validate = size <= SMALL_SCHEMA ? compile() : compileInTime(compile, { cpuTime, allowance });
  const isRisky = RISKY.test(JSON.stringify(body));
  return (value) => {
    const small = isRisky ? 0 : SMALL_WORK / size;
    if (roughLength(value, small + 1) <= small) return problemsOf(validate, value);
    return problemsInTime(validate, value, cpuTime);
  };
}

function compileInTime(
  compile: () => ValidateFunction,
  { cpuTime, allowance }: Required<CompileOptions> & { allowance: CompileAllowance },
): ValidateFunction {
  const milliseconds = Math.min(COMPILE_MS, Math.floor(allowance.milliseconds));
  const begun = cpuTime();
  const compiled = milliseconds > 0 ? callWithin(milliseconds, compile, cpuTime) : ({ ended: false } as const);
  // A check that was ended has used at least this much, even when the clock saw less.
  allowance.milliseconds -= compiled.ended ? cpuTime() - begun : milliseconds;
  if (compiled.ended) return compiled.value;
  const why =
    milliseconds < COMPILE_MS
      ? `The large schemas of one plan may take ${COMPILE_TOGETHER_MS} ms together, and those before it took so much.`
      : `Making it ready takes longer than ${COMPILE_MS} ms.`;
  throw new PortiaError('invalid-input', 'The JSON Schema cannot be used: it is too large to be made ready in time.', {
    why,
    fix: 'Describe fewer properties in it.',
  });
}

const LEADS_BACK = 'leads back to itself without an end';

function compileWith(ajv: Ajv, body: JsonSchema): ValidateFunction {
  // As ajv itself shortens it, so that the schema of schemas is not removed in place of this one.
  const id = typeof body['$id'] === 'string' ? body['$id'].replace(/#\/?$/, '').trim() : '';
  if (Object.hasOwn(ajv.schemas, id) || Object.hasOwn(ajv.refs, id))
    throw broken(`its $id ${id} belongs to another schema`);
  const known = { ...ajv.refs };
  try {
    return ajv.compile(body);
  } catch (cause) {
    throw broken(isStackOverflow(cause) ? 'its references form too long a chain' : messageOf(cause), cause);
  } finally {
    // Else ajv keeps every schema, and refuses a second one with the same $id.
    ajv.removeSchema(body);
    for (const name of Object.keys(ajv.refs)) if (!Object.hasOwn(known, name)) delete ajv.refs[name];
  }
}

function broken(why: string, cause?: unknown): PortiaError {
  return new PortiaError('invalid-input', `The JSON Schema cannot be used: ${why}.`, {
    why,
    fix: 'Correct the schema: draft 2020-12 or 7, without references to other documents.',
    cause,
  });
}

/** JSON characters of a schema that is compiled without a clock. */
const SMALL_SCHEMA = 5_000;

const COMPILE_MS = 600;
const COMPILE_TOGETHER_MS = 2_000;

/** Keywords whose work can grow faster than the schema times the value. */
const RISKY = /"(?:\$ref|\$dynamicRef|pattern|patternProperties|format)":/;

/** JSON characters of a schema times those of a value that is checked without a clock. */
const SMALL_WORK = 10_000_000;

/** How long checking one value may take. A sound check takes microseconds. */
const CHECK_MS = 100;

/** How many characters of a value give it one more millisecond, and how many no longer make a difference. */
const CHARACTERS_PER_MS = 4_000;
const LARGEST = 20_000_000;

/** How many keywords a definition may have to be copied to each place that refers to it. */
const MAX_COPIED = 20;

const options = (): Options => ({
  strict: false,
  allErrors: true,
  // Else `constructor` counts as present in every object.
  ownProperties: true,
  inlineRefs: MAX_COPIED,
  logger: false,
  code: { regExp: Object.assign(watchedPattern, { code: 'watchedPattern' }) },
});

const draft7 = kept(async () => {
  const [{ Ajv }, equip] = await Promise.all([import('ajv'), loadEquipment()]);
  return () => equip(new Ajv(options()));
});
const draft2020 = kept(async () => {
  const [{ Ajv2020 }, equip] = await Promise.all([import('ajv/dist/2020.js'), loadEquipment()]);
  return () => equip(new Ajv2020(options()));
});

interface Dialect {
  use<Result>(work: (ajv: Ajv) => Result): Result;
}

/** One instance is kept, because making one means to compile the schema of schemas. */
function kept(load: () => Promise<() => Ajv>): () => Promise<Dialect> {
  let dialect: Promise<Dialect> | undefined;
  return () => (dialect ??= load().then(dialectOf));
}

function dialectOf(make: () => Ajv): Dialect {
  let free: Ajv | undefined;
  return {
    use(work) {
      const ajv = free ?? make();
      // One whose work was ended in its middle is of no use any more: no `finally` runs then.
      free = undefined;
      try {
        return work(ajv);
      } finally {
        free = ajv;
      }
    },
  };
}

async function loadEquipment(): Promise<(ajv: Ajv) => Ajv> {
  const formats = await import('ajv-formats');
  return (ajv) => {
    formats.default.default(ajv);
    replaceKeywords(ajv);
    return ajv;
  };
}

/** The pattern that looks at a text now: to be named when the time is over. */
const watched: { pattern?: string | undefined } = {};

function watchedPattern(pattern: string, flags: string): { test(text: string): boolean; toString(): string } {
  const regExp = new RegExp(pattern, flags);
  return {
    test(text) {
      watched.pattern = pattern;
      const fits = regExp.test(text);
      watched.pattern = undefined;
      return fits;
    },
    // ajv takes patterns with the same text for the same.
    toString: () => String(regExp),
  };
}

function problemsInTime(validate: ValidateFunction, value: Json, cpuTime: () => number): SchemaProblem[] {
  const more = Math.ceil(roughLength(value, LARGEST) / CHARACTERS_PER_MS);
  const check = () => {
    watched.pattern = undefined;
    return problemsOf(validate, value);
  };
  const checked = callWithin(CHECK_MS + more, check, cpuTime);
  if (checked.ended) return checked.value;
  const { pattern } = watched;
  const message =
    pattern === undefined
      ? 'takes too long to check, because the schema has too many ways to be followed: ' +
        'use fewer alternatives (anyOf, oneOf) that refer to others, or a smaller value'
      : `takes too long against the pattern ${JSON.stringify(pattern)}: repeat nothing in it that repeats already`;
  return [{ pointer: '', message, keyword: pattern === undefined ? '$ref' : 'pattern', isTooSlow: true }];
}

function problemsOf(validate: ValidateFunction, value: Json): SchemaProblem[] {
  try {
    return validate(value) ? [] : (validate.errors ?? []).map(toProblem);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    return [{ pointer: '', message: `cannot be checked: a reference in the schema ${LEADS_BACK}`, keyword: '$ref' }];
  }
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && error.name === 'RangeError' && error.message.includes('call stack');
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
