import { isStored, type Output, type Run } from '../domain/run/run.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';

/** The value of an output, wherever it is kept; the summary when the value itself was not kept. */
export async function outputValue(
  store: Pick<Store, 'readMemory'>,
  run: Pick<Run, 'id'>,
  output: Output,
): Promise<Json> {
  if (!isStored(output)) return output.value;
  return output.digest === undefined ? output.summary : store.readMemory(run.id, output.digest);
}
