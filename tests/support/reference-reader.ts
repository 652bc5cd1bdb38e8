import * as z from 'zod';

// The schema of the Python SDK, as strict as it is: a key that it does not know is refused wherever it
// refuses one. It keeps every value as text; here values keep their type, so that alone is read more widely.

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`));
const variable = z.object({ name: z.string(), description: z.string() });
const localValue = z.strictObject({ value: z.json(), summary: z.string().nullable() });
const memoryValue = z.strictObject({ output_name: z.string(), plan_run_id: id('prun'), summary: z.string() });
const output = z.union([localValue, memoryValue]);

const asked = {
  id: id('clar'),
  plan_run_id: id('prun').nullable(),
  response: z.json(),
  step: z.int().nullable(),
  user_guidance: z.string(),
  resolved: z.boolean(),
  source: z.string().nullable(),
};
const argument = { ...asked, argument_name: z.string() };
const clarification = z.discriminatedUnion('category', [
  z.object({ ...asked, category: z.literal('Action'), action_url: z.url() }),
  z.object({ ...argument, category: z.literal('Input') }),
  z.object({ ...argument, category: z.literal('Multiple Choice'), options: z.array(z.json()) }),
  z.object({ ...argument, category: z.literal('Value Confirmation') }),
  z.object({ ...asked, category: z.literal('User Verification'), response: z.boolean().nullable() }),
  z.object({ ...asked, category: z.literal('Custom'), name: z.string(), data: z.record(z.string(), z.json()) }),
]);

export const referencePlan = z.strictObject({
  id: id('plan'),
  plan_context: z.strictObject({ query: z.string(), tool_ids: z.array(z.string()) }),
  steps: z.array(
    z.looseObject({
      task: z.string(),
      inputs: z.array(variable),
      tool_id: z.string().nullish(),
      output: z.string(),
      condition: z.string().nullish(),
    }),
  ),
  plan_inputs: z.array(z.object({ name: z.string(), description: z.string().nullish() })),
});

export const referenceRun = z.strictObject({
  id: id('prun'),
  plan_id: id('plan'),
  current_step_index: z.int(),
  state: z.enum(['NOT_STARTED', 'IN_PROGRESS', 'NEED_CLARIFICATION', 'READY_TO_RESUME', 'COMPLETE', 'FAILED']),
  outputs: z.strictObject({
    clarifications: z.array(clarification),
    step_outputs: z.record(z.string(), output),
    final_output: output.nullable(),
  }),
  end_user_id: z.string(),
  plan_run_inputs: z.record(z.string(), localValue),
});
