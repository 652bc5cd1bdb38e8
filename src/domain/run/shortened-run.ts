import { setOwn, type Json } from '../values/json.js';
import { isStored, type Output, type Run, type StepRecord } from './run.js';
import { shortValue } from '../values/short-value.js';

/** How many steps and questions a shortened record has. */
const NEWEST = 1_000;

/** The record for a file that would be too large with all of it: the newest steps and questions, and every value cut. */
export function shortenedRun(run: Run): Run {
  const { outputs, plan_run_inputs: inputs, error, steps, metadata } = run;
  return {
    ...run,
    outputs: {
      ...outputs,
      clarifications: outputs.clarifications.slice(-NEWEST).map(shortened),
      step_outputs: eachShortened(outputs.step_outputs),
      final_output: outputs.final_output && shortOutput(outputs.final_output),
    },
    plan_run_inputs: eachShortened(inputs),
    error: error && shortened(error),
    steps: steps.slice(-NEWEST).map(shortStep),
    metadata: { ...metadata, shortened: true },
  };
}

/** The same record with the value of each field cut; what is short stays as it is. */
function shortened<Of extends object>(item: Of): Of {
  const result = { ...item };
  for (const [key, value] of Object.entries(item) as [keyof Of, Json][]) {
    if (value !== undefined) result[key] = shortValue(value) as Of[keyof Of];
  }
  return result;
}

function shortStep(step: StepRecord): StepRecord {
  const { output, ...own } = step;
  return { ...shortened(own), ...(output && { output: shortOutput(output) }) };
}

function shortOutput(output: Output): Output {
  return isStored(output) ? shortened(output) : { ...output, ...shortened({ value: output.value }) };
}

function eachShortened(outputs: Record<string, Output>): Record<string, Output> {
  const result: Record<string, Output> = {};
  for (const [name, output] of Object.entries(outputs)) setOwn(result, name, shortOutput(output));
  return result;
}
