import type { Json } from '../../domain/values/json.js';
import { outputValue } from '../../app/output-value.js';
import type { Run } from '../../domain/run/run.js';
import type { Session } from '../session/session.js';

/** Text as it is, everything else as JSON. */
export function valueText(value: Json, form: 'pretty' | 'compact'): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, form === 'pretty' ? 2 : 0);
}

/** The final value as one text that ends with a newline; empty for a run without one. */
export async function finalText(session: Session, run: Run, form: 'pretty' | 'compact'): Promise<string> {
  const { final_output: output } = run.outputs;
  return output === null ? '' : `${valueText(await outputValue(session.services.store, run, output), form)}\n`;
}
