import { asText } from '../values/json.js';
import type { Step, ToolStep } from './plan.js';

/** A step that leaves an output, in words that a reader of the Python SDK's shape understands; undefined for other steps. */
export function madeTask(step: Step): string | undefined {
  if (!('output' in step) || step.output === undefined) return undefined;
  switch (step.kind) {
    case 'tool':
      return step.name ?? callOf(step);
    case 'compute':
      return step.name ?? `Compute ${step.expression}`;
    case 'user_input':
    case 'user_verify':
      return step.message;
    case 'for_each':
      return step.name ?? `Do the steps for each of ${asText(step.over)}`;
    case 'while':
    case 'do_while':
      return step.name ?? 'Repeat the steps.';
    case undefined:
    case 'llm':
    case 'react':
    case 'plan':
    case 'exit':
      return undefined;
  }
}

/** Beyond this, arguments are named instead of written out: they stand in the step anyway. In characters. */
const MAX_WRITTEN_ARGUMENTS = 500;

function callOf(step: ToolStep): string {
  const names = Object.keys(step.args);
  if (names.length === 0) return `Call ${step.tool_id}.`;
  const written = JSON.stringify(step.args);
  return `Call ${step.tool_id} with ${written.length > MAX_WRITTEN_ARGUMENTS ? names.join(', ') : written}.`;
}
