import { adviceText } from '../../domain/next-step.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { escapePointer, setOwn, toJson, type Json, type JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { PlanInput } from '../../domain/plan/plan.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { parseJson } from '../../documents/parse-json.js';
import { isSecretSchema, withoutLineEnd } from '../../domain/values/secret-values.js';
import { jsonTypesOf } from '../../domain/values/value-types.js';
import { isUnsafeWholeNumber, TOO_MANY_DIGITS } from '../../domain/values/whole-numbers.js';
import { shellQuote } from '../../domain/values/shell-quote.js';

/** What is wrong with a value, each as one sentence; empty when it fits. */
export type ValidateValue = (schema: JsonSchema, value: Json) => string[];

export interface CheckedInputs {
  /** By the plan's own spelling of each name; defaults filled in. */
  values: Record<string, Json>;
  missing: PlanInput[];
  /** Values that do not fit, and names that the plan does not have. */
  problems: Problem[];
}

/** The inputs that a program gives, by bare name. Throws `invalid-input` for one that is not JSON. */
export function inputsAsJson(inputs: Readonly<Record<string, unknown>>): Record<string, Json> {
  const read: Record<string, Json> = {};
  for (const [name, value] of Object.entries(inputs)) {
    const json = toJson(value);
    if (!json.ok) throw new PortiaError('invalid-input', `The input ${name} is not JSON.`, { why: json.problem });
    setOwn(read, bareName(name), json.value);
  }
  return read;
}

/** Compares the inputs that a plan declares with those that are given (by name, without `$`). */
export function checkInputs(
  planInputs: readonly PlanInput[],
  given: Readonly<Record<string, Json>>,
  validate: ValidateValue,
): CheckedInputs {
  const checked: CheckedInputs = { values: {}, missing: [], problems: [] };
  for (const input of planInputs) {
    const name = bareName(input.name);
    const value = Object.hasOwn(given, name) ? readSecret(input, given[name]) : input.default;
    if (value === undefined) {
      checked.missing.push(input);
      continue;
    }
    setOwn(checked.values, input.name, value);
    checked.problems.push(...valueProblems(input, value, validate));
  }
  const known = new Set(planInputs.map((input) => bareName(input.name)));
  for (const name of Object.keys(given)) if (!known.has(name)) checked.problems.push(unknownInput(name, planInputs));
  return checked;
}

function readSecret({ schema }: PlanInput, value: Json | undefined): Json | undefined {
  return typeof value === 'string' && isSecretSchema(schema) ? withoutLineEnd(value) : value;
}

/** The error that stops a run with these inputs, naming the exact flags; undefined when it can start. */
export function inputsError(checked: CheckedInputs): PortiaError | undefined {
  const errors = checked.problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) {
    return new PortiaError('invalid-input', 'The inputs do not fit the plan.', {
      why: errors.map((problem) => problem.message).join('\n'),
      fix: [...new Set(errors.map((problem) => adviceText(problem.fix ?? '')))].join(' ').trim(),
      pointer: errors[0]?.pointer,
    });
  }
  if (checked.missing.length === 0) return undefined;
  const names = checked.missing.map((input) => bareName(input.name)).join(', ');
  const count = checked.missing.length === 1 ? 'an input' : `${checked.missing.length} inputs`;
  return new PortiaError(
    'missing-input',
    `The plan needs ${count} that ${count === 'an input' ? 'is' : 'are'} not given: ${names}.`,
    {
      why: checked.missing.map(describeInput).join('\n'),
      fix: checked.missing.map(flagFor).join(' '),
    },
  );
}

function valueProblems(input: PlanInput, value: Json, validate: ValidateValue): Problem[] {
  const { schema } = input;
  if (schema === undefined) return [];
  const name = bareName(input.name);
  const found = validate(schema, value);
  if (found.length === 0) return [];
  // The value of a secret is not said again.
  const isSecret = isSecretSchema(schema);
  const isTooLong = !isSecret && wantsNumber(schema) && typeof value === 'string' && isUnsafeWholeNumber(value.trim());
  const typed = isSecret ? undefined : typedFlag({ name, value, schema }, validate);
  const fix = isTooLong
    ? `Give a smaller number, or let the plan take ${name} as a text ("type": "string").`
    : (typed ?? flagFor(input));
  return found.map((message) => ({
    severity: 'error',
    rule: 'input-value',
    message: `${name}: ${message}${isTooLong ? `, and ${value} ${TOO_MANY_DIGITS}` : ''}`,
    pointer: `/${escapePointer(name)}`,
    fix,
  }));
}

function wantsNumber(schema: JsonSchema): boolean {
  return jsonTypesOf(schema)?.has('number') === true;
}

// `-i count=3` gives the text "3": the likely slip has an exact remedy.
function typedFlag(
  { name, value, schema }: { name: string; value: Json; schema: JsonSchema },
  validate: ValidateValue,
): string | undefined {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  if (typeof value !== 'string' || parsed?.ok !== true || validate(schema, parsed.value).length > 0) return undefined;
  return `-i ${shellQuote(`${name}:=${value}`)}`;
}

function unknownInput(name: string, planInputs: readonly PlanInput[]): Problem {
  const known = planInputs.map((input) => bareName(input.name));
  const near = nearestName(name, known);
  const meant = planInputs.find((input) => bareName(input.name) === near);
  const has = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
  return {
    severity: 'error',
    rule: 'unknown-input',
    message: `The plan has no input ${JSON.stringify(name)}; ${near === undefined ? has : `did you mean ${near}?`}`,
    pointer: `/${escapePointer(name)}`,
    fix: meant === undefined ? `Leave ${name} out.` : flagFor(meant),
  };
}

function describeInput(input: PlanInput): string {
  const description = input.description ?? '';
  return description === '' ? bareName(input.name) : `${bareName(input.name)}: ${description}`;
}

function flagFor(input: PlanInput): string {
  const type = input.schema?.type;
  const isText = type === undefined || type === 'string';
  if (isSecretSchema(input.schema)) return `-i ${shellQuote(`${bareName(input.name)}${isText ? '=' : ':='}@FILE`)}`;
  return `-i ${shellQuote(`${bareName(input.name)}${isText ? '=' : ':='}`)}…`;
}
