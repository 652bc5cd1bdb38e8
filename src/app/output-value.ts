import { PortiaError } from '../domain/errors.js';
import { advice, portiaTyped } from '../domain/next-step.js';
import { isStored, type Output, type Run } from '../domain/run/run.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';

/** The value of an output, wherever it is kept. Rejects with `unreadable` when only a summary of it is here. */
export async function outputValue(
  store: Pick<Store, 'readMemory'>,
  run: Pick<Run, 'id'>,
  output: Output,
): Promise<Json> {
  if (!isStored(output)) return output.value;
  if (output.digest !== undefined) return store.readMemory(run.id, output.digest);
  const { output_name: name } = output;
  throw new PortiaError('unreadable', `The value of ${name} is not here.`, {
    why: `${run.id} comes from another tool and holds only a summary of it.`,
    fix: advice`Import the folder that has ${name}.json: ${portiaTyped('import', 'FOLDER')}`,
    runId: run.id,
  });
}
