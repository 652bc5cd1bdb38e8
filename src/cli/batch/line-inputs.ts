import { advice } from '../../domain/next-step.js';
import { inputsError } from '../../app/inputs/check-inputs.js';
import { inputsOfObject } from '../../app/inputs/inputs.js';
import { parseJson } from '../../documents/parse-json.js';
import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
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
  const parsed = parseJson(line.text);
  if (!parsed.ok) {
    throw wrongIn(line, ` is not JSON: column ${parsed.column}: ${parsed.problem}.`, parsed.fix);
  }
  if (!isJsonObject(parsed.value)) throw wrongIn(line, ' is not a JSON object.');
  try {
    return inputsOfObject(parsed.value, `line ${line.number}`);
  } catch (error) {
    throw error instanceof PortiaError ? wrongIn(line, `: ${error.message}`) : error;
  }
}

/** A mistake in a line is corrected there, because the line wins over every flag. */
function wrongIn({ number }: BatchLine, what: string, fix?: string): PortiaError {
  return new PortiaError('invalid-input', `Line ${number}${what}`, {
    why: 'A line of a batch is one JSON object of inputs by name, as the plan declares them.',
    fix: `Correct line ${number}${fix === undefined ? ', for example: {"city": "London"}' : `: ${fix}`}`,
  });
}

/** A missing value may also be given by a flag, which applies to every line. */
function missingIn({ number }: BatchLine, { message, details }: PortiaError): PortiaError {
  return new PortiaError('missing-input', `Line ${number}: ${message}`, {
    why: details.why,
    fix: advice`Put it into line ${String(number)}, or give it for every line: ${details.fix ?? ''}`,
  });
}
