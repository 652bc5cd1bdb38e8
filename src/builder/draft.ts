import { variableName } from './reference.js';
import type { Common, Schema } from './step-options.js';
import type { StepWriter } from './step-writer.js';

/** What is needed to write a step, and the name of its output when the author gives none. */
export interface Draft {
  write: StepWriter;
  defaultOutput: string;
}

interface Naming {
  output?: string | undefined;
  stepName?: string | undefined;
}

/** The name of what the step leaves: its output, else its own name, else its place. */
function outputOf(options: Naming, draft: Draft): string {
  const { stepName } = options;
  return (
    namedOutput(options, draft) ?? `$${typeof stepName === 'string' ? variableName(stepName) : draft.defaultOutput}`
  );
}

/** The name that the author gave to what the step leaves, if any. */
export function namedOutput({ output }: Naming, draft: Draft): string | undefined {
  return output === undefined ? undefined : draft.write.name(output, '/output');
}

/** The name of what the step leaves, and what that must look like. */
export function leaves(options: Naming & { outputSchema?: Schema | undefined }, draft: Draft) {
  return { output: outputOf(options, draft), output_schema: schemaOf(options, draft) };
}

export function schemaOf({ outputSchema }: { outputSchema?: Schema | undefined }, { write }: Draft) {
  return write.schema(outputSchema, '/output_schema');
}

/** The keys that say whether and how often any step is done. */
export function guards({ when, condition, timeoutMs, retries }: Common<string>, { write }: Draft) {
  return {
    when: when === undefined ? undefined : write.expression(when, '/when'),
    condition: condition === undefined ? undefined : write.sentence(condition, '/condition'),
    timeout_ms: timeoutMs,
    retries,
  };
}
