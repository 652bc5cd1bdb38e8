import { readInputs } from '../../app/inputs/inputs.js';
import type { Json } from '../../domain/values/json.js';
import type { InputOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/** The values that the flags give, by name. */
export async function readGivenInputs(session: Session<InputOptions>): Promise<Record<string, Json>> {
  const { input = [], inputs } = session.options;
  if (input.length === 0 && inputs === undefined) return {};
  return readInputs({ inputs: input, inputsFile: inputs }, session);
}
