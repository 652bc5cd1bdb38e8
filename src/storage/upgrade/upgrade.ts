import { advice, portia } from '../../domain/next-step.js';
import type { PortiaError, Problem } from '../../domain/errors.js';
import { depthOf, isJsonObject, MAX_DEPTH, type JsonObject } from '../../domain/values/json.js';
import { inOrderOf } from '../../domain/values/key-order.js';
import { planSchema } from '../../domain/plan/plan-schema.js';
import { LLM_TOOL } from '../../domain/plan/llm-tool.js';
import type { Plan } from '../../domain/plan/plan.js';
import { NO_PLAN_ID, withIdOfContent } from '../../domain/plan/plan-digest.js';
import { stepBlocks, stepOutput, toolsOfSteps } from '../../domain/plan/plan-steps.js';
import { runSchema } from '../../domain/run/run-schema.js';
import type { Run } from '../../domain/run/run.js';
import { placeOf } from '../../domain/plan/step-path.js';
import { problemsError, problemsOfIssues } from '../../domain/schema-problems.js';
import { withShapeFix } from '../../domain/plan-check/shape/shape-fixes.js';
import { refuseNewer } from '../snapshot.js';
import { MAX_RECORD_DEPTH } from '../read-file.js';
import { upgradeRun, type UpgradeContext } from './upgrade-run.js';
import { PLAN_UPGRADES } from './upgrade-plan.js';

export interface PlanDocument {
  plan: Plan;
  warnings: string[];
  /** False: the id was made from the content. */
  hadId: boolean;
}

export interface DocumentOptions {
  /** `created_at` of documents that do not say. ISO 8601, UTC. */
  createdAt: string;
  /** What messages call it, e.g. its file. Default `The plan`. */
  name?: string | undefined;
}

/**
 * A plan of any shape that was ever written: ours, the Python SDK's, that of its older workflows. Unknown keys are kept.
 * Throws `invalid-plan` with all problems at once, or `newer-version`.
 */
export function readPlanDocument(value: unknown, options: DocumentOptions): PlanDocument {
  const { plan, problems, hadId } = tryPlanDocument(value, options);
  if (plan === undefined) {
    throw invalidPlan(
      options.name,
      problems.filter((problem) => problem.severity === 'error'),
    );
  }
  return { plan, warnings: problems.map(warningText), hadId };
}

export function invalidPlan(name: string | undefined, errors: readonly Problem[]): PortiaError {
  return problemsError('invalid-plan', `${name ?? 'The plan'} has ${countOf(errors.length, 'problem')}.`, {
    problems: errors,
    place: placeOf,
  });
}

/** Everything that is wrong with a plan's shape, and where it contradicts itself. Throws only `newer-version`. */
export function planProblems(value: unknown): Problem[] {
  return tryPlanDocument(value, { createdAt: new Date(0).toISOString() }).problems;
}

/**
 * A run of any shape that was ever written. Throws `unreadable` with all problems at once, or `newer-version`.
 * `warnings` tell where it contradicts itself or, when the plan is given, the plan.
 */
export function readRunDocument(value: unknown, context: UpgradeContext): { run: Run; warnings: string[] } {
  const { name = 'The run' } = context;
  const whole = wholeProblem(value, { what: 'run', maxDepth: MAX_RECORD_DEPTH });
  if (whole !== undefined) throw problemsError('unreadable', `${name} has 1 problem.`, { problems: [whole] });
  refuseNewer(value, name);
  const notes: Problem[] = [];
  const document = value as JsonObject;
  const current = isOurs(document) ? document : upgradeRun(document, context, notes);
  const parsed = runSchema.safeParse(current);
  if (!parsed.success) {
    const problems = problemsOfIssues(parsed.error.issues);
    throw problemsError('unreadable', `${name} has ${countOf(problems.length, 'problem')}.`, { problems });
  }
  const run = { ...parsed.data, outputs: inOrderOf(parsed.data.outputs, current['outputs']) };
  return { run, warnings: [...notes, ...contradictions(run, context.plan)].map(warningText) };
}

/** The plan, unless its shape is wrong, and all that is to be said about its shape. Throws only `newer-version`. */
export function tryPlanDocument(
  value: unknown,
  options: DocumentOptions,
): { plan?: Plan; problems: Problem[]; hadId: boolean } {
  const whole = wholeProblem(value, { what: 'plan', maxDepth: MAX_DEPTH });
  if (whole !== undefined) return { problems: [whole], hadId: false };
  refuseNewer(value, options.name ?? 'The plan');
  const problems: Problem[] = [];
  const document = value as JsonObject;
  const hadId = document['id'] !== undefined;
  const metadata = isJsonObject(document['metadata']) ? document['metadata'] : {};
  const upgraded = isOurs(document)
    ? document
    : PLAN_UPGRADES.reduce((plan, upgrade) => upgrade(plan, problems), document);
  const parsed = planSchema.safeParse({
    id: NO_PLAN_ID,
    ...upgraded,
    metadata: { schema_version: 1, created_at: options.createdAt, planner: 'hand', ...metadata },
  });
  if (!parsed.success) {
    const shape = problemsOfIssues(parsed.error.issues).map(withShapeFix);
    return { problems: [...shape, ...problems], hadId };
  }
  const listed = hasToolIds(document) ? parsed.data : withToolsOfSteps(parsed.data);
  const named = hadId ? listed : withIdOfContent(listed);
  const plan = { ...named, steps: inOrderOf(named.steps, upgraded['steps']) };
  return { plan, problems: [...problems, ...omittedTools(plan)], hadId };
}

function hasToolIds({ plan_context: context }: JsonObject): boolean {
  return isJsonObject(context) && context['tool_ids'] !== undefined;
}

function withToolsOfSteps(plan: Plan): Plan {
  return { ...plan, plan_context: { ...plan.plan_context, tool_ids: toolsOfSteps(plan.steps) } };
}

function isOurs(document: JsonObject): boolean {
  return isJsonObject(document['metadata']) && document['metadata']['schema_version'] === 1;
}

function wholeProblem(value: unknown, options: { what: string; maxDepth: number }): Problem | undefined {
  const problem = (message: string): Problem => ({ severity: 'error', rule: 'shape', message, pointer: '' });
  if (!isJsonObject(value)) {
    const fix = advice`Write names and values. Their shape: ${portia('schema', options.what)}`;
    return { ...problem(`a ${options.what} is a JSON object, not ${kindOf(value)}`), fix };
  }
  if (depthOf(value, options.maxDepth) > options.maxDepth)
    return problem(`nests deeper than ${options.maxDepth} levels`);
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function omittedTools(plan: Plan): Problem[] {
  const listed = new Set(plan.plan_context.tool_ids);
  // The lists of the Python SDK leave the model's own tool out: it is always there.
  const omitted = toolsOfSteps(plan.steps).filter((tool) => !listed.has(tool) && tool !== LLM_TOOL);
  // A list that is empty was not made, as in plans that people write.
  if (omitted.length === 0 || listed.size === 0) return [];
  const message = `omits ${omitted.join(', ')}, which the steps use`;
  return [{ severity: 'warning', rule: 'tool-not-listed', message, pointer: '/plan_context/tool_ids' }];
}

function contradictions(run: Run, plan: Plan | undefined): Problem[] {
  if (plan === undefined) {
    const message = `the plan ${run.plan_id} is not here, so this run can be shown but not resumed`;
    return [{ severity: 'warning', rule: 'plan-missing', message, pointer: '/plan_id' }];
  }
  const produced = new Set(outputsOf(plan.steps));
  return Object.keys(run.outputs.step_outputs)
    .filter((name) => !produced.has(name))
    .map((name) => ({
      severity: 'warning',
      rule: 'output-not-in-plan',
      message: `no step of ${plan.id} has this output`,
      pointer: `/outputs/step_outputs/${name}`,
    }));
}

function outputsOf(steps: Plan['steps']): string[] {
  return steps.flatMap((step) => {
    const own = stepOutput(step);
    const inner = stepBlocks(step).flatMap((block) => outputsOf(block.steps));
    return own === undefined ? inner : [own, ...inner];
  });
}

function warningText(problem: Problem): string {
  return `${problem.pointer} ${problem.message}.`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
