import { setOwn } from '../values/json.js';
import type { Output, Run } from './run.js';

/** `x` and `$x` are one name: what is shown is its last value, as the step that made it spells it. */
export function setOutput(outputs: Run['outputs']['step_outputs'], name: string, output: Output): void {
  const other = name.startsWith('$') ? name.slice(1) : `$${name}`;
  deleteOutput(outputs, other);
  setOwn(outputs, name, output);
}

export function deleteOutput(outputs: Run['outputs']['step_outputs'], name: string): void {
  if (Object.hasOwn(outputs, name)) delete outputs[name];
}
