import { advice } from '../../domain/next-step.js';
import { inputsError } from '../../app/inputs/check-inputs.js';
import { inputsOfObject } from '../../app/inputs/inputs.js';
import { parseJson } from '../../documents/parse-json.js';
import { PortiaError } from '../../domain/errors.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import type { InputCheck } from '../../app/plans/runnable-plan.js';
import type { BatchLine } from './batch-lines.js';

/**
 * The inputs of the run of one line: what the flags give, overridden by what the line gives. Throws a PortiaError
 * `invalid-input` or `missing-input` that names the line.
 */
export function readLineInputs(line: BatchLine, given: Record<string, Json>, check: InputCheck): Record<string, Json> {
  const checked = check({ ...given, ...parseLine(line) });
  const error = inputsError(checked);
  if (error?.code === 'missing-input') throw missingIn(line, error);
  if (error !== undefined) throw wrongIn(line, `: ${(error.details.why ?? error.message).replaceAll('\n', '; ')}`);
  return checked.values;
}

function parseLine(line: BatchLine): Record<string, Json> {
  if ('problem' in line) throw wrongIn(line, ` ${line.problem}`);
  const values = 'values' in line ? line.values : valuesOf(line);
  try {
    return inputsOfObject(values, nameOf(line));
  } catch (error) {
    throw error instanceof PortiaError ? wrongIn(line, `: ${error.message}`) : error;
  }
}

function valuesOf(line: BatchLine & { text: string }): JsonObject {
  const parsed = parseJson(line.text);
  if (!parsed.ok) {
    throw wrongIn(line, ` is not JSON: column ${parsed.column}: ${parsed.problem}.`, parsed.fix);
  }
  if (!isJsonObject(parsed.value)) throw wrongIn(line, ' is not a JSON object.');
  return parsed.value;
}

/** `line 3`, `row 3` or `entry 3`. */
function nameOf({ number, part }: BatchLine): string {
  return `${part ?? 'line'} ${number}`;
}

const SHAPES = {
  line: ['A line of a batch is one JSON object of inputs by name, as the plan declares them.', '{"city": "London"}'],
  entry: ['An entry of a batch is one object of inputs by name, as the plan declares them.', '{"city": "London"}'],
  row: ['The columns of a batch are called as the plan calls its inputs.', undefined],
} as const;

/** A mistake in a line is corrected there, because the line wins over every flag. */
function wrongIn(line: BatchLine, what: string, fix?: string): PortiaError {
  const [why, example] = SHAPES[line.part ?? 'line'];
  const cure = fix === undefined ? example && `, for example: ${example}` : `: ${fix}`;
  return new PortiaError('invalid-input', `${capitalised(nameOf(line))}${what}`, {
    why,
    fix: `Correct ${nameOf(line)}${cure ?? '.'}`,
  });
}

/** A missing value may also be given by a flag, which applies to every line. */
function missingIn(line: BatchLine, { message, details }: PortiaError): PortiaError {
  return new PortiaError('missing-input', `${capitalised(nameOf(line))}: ${message}`, {
    why: details.why,
    fix: advice`Put it into ${nameOf(line)}, or give it for every ${line.part ?? 'line'}: ${details.fix ?? ''}`,
  });
}
