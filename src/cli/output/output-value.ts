import type { Json } from '../../domain/values/json.js';
import { isStored, type Output, type Run } from '../../domain/run/run.js';
import type { Session } from '../session/session.js';

/** The value of an output, wherever it is kept; the summary when the value itself was not kept. */
export async function outputValue(session: Session, run: Pick<Run, 'id'>, output: Output): Promise<Json> {
  if (!isStored(output)) return output.value;
  return output.digest === undefined ? output.summary : session.services.store.readMemory(run.id, output.digest);
}

/** Text as it is, everything else as JSON. */
export function valueText(value: Json, form: 'pretty' | 'compact'): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, form === 'pretty' ? 2 : 0);
}

/** The final value as one text that ends with a newline; empty for a run without one. */
export async function finalText(session: Session, run: Run, form: 'pretty' | 'compact'): Promise<string> {
  const { final_output: output } = run.outputs;
  return output === null ? '' : `${valueText(await outputValue(session, run, output), form)}\n`;
}
