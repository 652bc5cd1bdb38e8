import { PortiaError, type Problem } from '../../domain/errors.js';
import { canonicalJson, type JsonSchema } from '../../domain/values/json.js';
import { outputSchemaOf, questionOf, stepBlocks } from '../../domain/plan/plan-steps.js';
import type { PlanInput, Step } from '../../domain/plan/plan.js';
import { misspeltKeywords } from '../../domain/values/schema-slips.js';
import type { CheckValue } from '../../tools/json-schema.js';
import { createSchemaCompiler } from '../compile-schema.js';

/** What a plan and one that is written inside of it have in common. */
interface PlanContent {
  steps: Step[];
  plan_inputs?: PlanInput[] | undefined;
  output_schema?: JsonSchema | undefined;
}

interface PlacedSchema {
  schema: JsonSchema;
  pointer: string;
}

/** The JSON Schemas of a plan, and of plans written inside it, that cannot be used to check values. */
export async function schemaProblems(plan: PlanContent): Promise<Problem[]> {
  const problems: Problem[] = [];
  const compiled: Compiled = new Map();
  const compile = createSchemaCompiler();
  for (const { schema, pointer } of schemasOfPlan(plan, '')) {
    const key = canonicalJson(schema);
    const result = compiled.get(key) ?? (await attempt(schema, compile));
    compiled.set(key, result);
    if (!result.ok) problems.push({ severity: 'error', rule: 'schema', message: result.flaw, pointer });
    else problems.push(...slips(schema, pointer));
  }
  return [...problems, ...defaultProblems(plan, compiled)];
}

function slips(schema: JsonSchema, pointer: string): Problem[] {
  return misspeltKeywords(schema).map(({ word, near }) => ({
    severity: 'warning',
    rule: 'schema-keyword',
    message: `${JSON.stringify(word)} is not a keyword of JSON Schema, so it checks nothing.`,
    pointer,
    fix: `Did you mean ${near}?`,
  }));
}

/** By canonical text. */
type Compiled = Map<string, CompiledSchema>;

type CompiledSchema = { ok: true; check: CheckValue } | { ok: false; flaw: string };

/** Defaults that the schema of their own input refuses. */
function defaultProblems({ plan_inputs: inputs = [] }: PlanContent, compiled: Compiled): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { name, schema, default: value }] of inputs.entries()) {
    if (schema === undefined || value === undefined) continue;
    const result = compiled.get(canonicalJson(schema));
    const misfits = result?.ok === true ? result.check(value) : [];
    if (misfits.length === 0) continue;
    const said = misfits.map(({ pointer, message }) => `${pointer} ${message}`.trimStart()).join('; ');
    const message = `The default of ${name} does not fit its own schema: ${said}.`;
    problems.push({ severity: 'error', rule: 'default', message, pointer: `/plan_inputs/${index}/default` });
    // The others could take as long each.
    if (misfits.some(({ isTooSlow }) => isTooSlow)) break;
  }
  return problems;
}

async function attempt(schema: JsonSchema, compile: ReturnType<typeof createSchemaCompiler>): Promise<CompiledSchema> {
  try {
    return { ok: true, check: await compile(schema) };
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    return { ok: false, flaw: [error.message, error.fix].filter(Boolean).join(' ') };
  }
}

function schemasOfPlan(plan: PlanContent, at: string): PlacedSchema[] {
  const { output_schema: result, plan_inputs: inputs = [] } = plan;
  return [
    ...inputs.flatMap(({ schema }, index) => placed(schema, `${at}/plan_inputs/${index}/schema`)),
    ...schemasOfSteps(plan.steps, `${at}/steps`),
    ...placed(result, `${at}/output_schema`),
  ];
}

function schemasOfSteps(steps: Step[], at: string): PlacedSchema[] {
  return steps.flatMap((step, index) => {
    const pointer = `${at}/${index}`;
    return [
      ...placed(questionOf(step)?.schema, `${pointer}/schema`),
      ...placed(outputSchemaOf(step), `${pointer}/output_schema`),
      ...stepBlocks(step).flatMap((block) => schemasOfSteps(block.steps, `${pointer}${block.at}`)),
      ...(step.kind === 'plan' && typeof step.plan !== 'string' ? schemasOfPlan(step.plan, `${pointer}/plan`) : []),
    ];
  });
}

function placed(schema: JsonSchema | undefined, pointer: string): PlacedSchema[] {
  return schema === undefined ? [] : [{ schema, pointer }];
}
