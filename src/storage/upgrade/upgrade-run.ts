import type { Problem } from '../../domain/errors.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { Plan } from '../../domain/plan/plan.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { stepOutput } from '../../domain/plan/plan-steps.js';
import { DEFAULT_END_USER } from '../../domain/run/run.js';
import { isGivenName, respellId } from './upgrade-plan.js';

export interface UpgradeContext {
  /** Used for the times that old shapes do not have. ISO 8601, UTC. */
  createdAt: string;
  /** The run's plan, when it is known. */
  plan?: Plan | undefined;
  /** What messages call it, e.g. its file. Default `The run`. */
  name?: string | undefined;
}

/** A run of the Python SDK or one of its older workflows in the shape of version 1, one step per version. */
export function upgradeRun(document: JsonObject, context: UpgradeContext, notes: Problem[]): JsonObject {
  const filled = renameOutputs(dropAskingOutputs(fillSdkKeys(fromExecutionContext(document)), notes), context);
  return addRecord(takeFailure(filled, context), context);
}

/** The older workflows: bare ids, or `workflow-`, and an `execution_context`. */
function fromExecutionContext(run: JsonObject): JsonObject {
  const { execution_context: context, ...rest } = run;
  const bare = typeof run['id'] === 'string' ? run['id'].replace(/^workflow-/, '') : run['id'];
  const upgraded: JsonObject = bare === undefined ? rest : { ...rest, id: bare };
  if (!isJsonObject(context)) return context === undefined ? upgraded : run;
  const { end_user_id: user, ...kept } = context;
  if (upgraded['end_user_id'] === undefined && typeof user === 'string') upgraded['end_user_id'] = user;
  return isTelling(kept) ? { ...upgraded, execution_context: kept } : upgraded;
}

function isTelling(context: JsonObject): boolean {
  return Object.values(context).some(
    (value) => value !== null && !(isJsonObject(value) && Object.keys(value).length === 0),
  );
}

/** The Python SDK: any spelling of ids, keys that may be missing. */
function fillSdkKeys(run: JsonObject): JsonObject {
  const { id = null, plan_id: planId = null, outputs, ...rest } = run;
  return {
    id: respellId(id, 'prun'),
    plan_id: respellId(planId, 'plan'),
    current_step_index: 0,
    state: 'NOT_STARTED',
    outputs: isJsonObject(outputs) ? fillOutputs(outputs) : (outputs ?? fillOutputs({})),
    ...withoutNull(rest, 'end_user_id', DEFAULT_END_USER),
    plan_run_inputs: rest['plan_run_inputs'] ?? {},
  };
}

function withoutNull(record: JsonObject, key: string, fallback: Json): JsonObject {
  return { ...record, [key]: record[key] ?? fallback };
}

function fillOutputs(outputs: JsonObject): JsonObject {
  const { clarifications = [], ...rest } = outputs;
  return {
    clarifications: Array.isArray(clarifications) ? clarifications.map(upgradeClarification) : clarifications,
    step_outputs: {},
    final_output: null,
    ...rest,
  };
}

function upgradeClarification(clarification: Json): Json {
  if (!isJsonObject(clarification)) return clarification;
  const upgraded: JsonObject = { ...clarification };
  if (upgraded['id'] !== undefined) upgraded['id'] = respellId(upgraded['id'], 'clar');
  // The Python SDK does not check the category against the other keys.
  if (upgraded['category'] === 'Multiple Choice' && !Array.isArray(upgraded['options'])) upgraded['category'] = 'Input';
  if (NAMING.has(upgraded['category'] ?? null)) upgraded['argument_name'] ??= 'answer';
  if (upgraded['category'] === 'Custom') upgraded['name'] ??= upgraded['argument_name'] ?? 'custom';
  if (upgraded['category'] === 'Action') upgraded['action_url'] ??= '';
  if (typeof upgraded['step'] === 'number') upgraded['path'] ??= String(upgraded['step']);
  if (upgraded['resolved'] === true) upgraded['channel'] ??= 'import';
  return upgraded;
}

/** Questions that name an argument. */
const NAMING: ReadonlySet<Json> = new Set(['Input', 'Multiple Choice', 'Value Confirmation']);

/** Outputs without a name of their own, under those that the plan's steps were given when it was read. */
function renameOutputs(run: JsonObject, { plan }: UpgradeContext): JsonObject {
  const outputs = run['outputs'];
  if (plan === undefined || !isJsonObject(outputs) || !isJsonObject(outputs['step_outputs'])) return run;
  const kept = outputs['step_outputs'];
  const inputs = new Set(['', ...plan.plan_inputs.map(({ name }) => bareName(name))]);
  const produced = new Set(plan.steps.flatMap((step) => stepOutput(step) ?? []));
  const given = [...produced].filter((name) => isGivenName(name) && !(name in kept));
  const renamed = Object.entries(kept).map(([name, output]) => {
    const isOdd = !produced.has(name) && inputs.has(bareName(name));
    return [(isOdd ? given.shift() : undefined) ?? name, output];
  });
  return { ...run, outputs: { ...outputs, step_outputs: Object.fromEntries(renamed) } };
}

/** The Python SDK keeps a question's text where the answer's output will be; that is not an output. */
function dropAskingOutputs(run: JsonObject, notes: Problem[]): JsonObject {
  const outputs = run['outputs'];
  if (!isJsonObject(outputs) || !isJsonObject(outputs['step_outputs'])) return run;
  const questions = Array.isArray(outputs['clarifications']) ? outputs['clarifications'] : [];
  const kept = Object.entries(outputs['step_outputs']).filter(([name, output]) => {
    const asking = isJsonObject(output) && isQuestionText(output['value'], questions);
    const message = 'holds the text of a question instead of an output, so it is left out';
    if (asking)
      notes.push({
        severity: 'warning',
        rule: 'question-as-output',
        message,
        pointer: `/outputs/step_outputs/${name}`,
      });
    return !asking;
  });
  return { ...run, outputs: { ...outputs, step_outputs: Object.fromEntries(kept) } };
}

/** The Python SDK's two engines keep a list of questions, or one. */
function isQuestionText(output: Json | undefined, questions: Json[]): boolean {
  const value = typeof output === 'string' ? output : JSON.stringify(output ?? null);
  if (!/^\s*(?:\[\s*)?\{\s*"id"\s*:\s*"clar-/.test(value)) return false;
  return questions.some(
    (question) =>
      isJsonObject(question) && typeof question['id'] === 'string' && value.includes(question['id'].slice(0, 13)),
  );
}

/** The Python SDK keeps what a step failed with where its output would be; that is an error, not an output. */
function takeFailure(run: JsonObject, { plan }: UpgradeContext): JsonObject {
  const outputs = run['outputs'];
  const index = run['current_step_index'];
  if (run['state'] !== 'FAILED' || !isJsonObject(outputs) || typeof index !== 'number') return run;
  const step = plan?.steps[index];
  const name = step === undefined ? undefined : stepOutput(step);
  const { [name ?? '']: failed, ...kept } = isJsonObject(outputs['step_outputs']) ? outputs['step_outputs'] : {};
  const message = textOf(failed) ?? textOf(outputs['final_output']);
  if (message === undefined) return run;
  return {
    error: { code: 'step-failed', message, step: String(index), retryable: true },
    ...run,
    outputs: { ...outputs, step_outputs: kept, final_output: null },
  };
}

function textOf(output: Json | undefined): string | undefined {
  const value = isJsonObject(output) ? output['value'] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Steps that a run without its plan is believed to have finished. */
const MAX_CLAIMED_STEPS = 1_000;

/** What version 1 adds: step records, times, error and pause. */
function addRecord(run: JsonObject, context: UpgradeContext): JsonObject {
  const { createdAt, plan } = context;
  const claimed = typeof run['current_step_index'] === 'number' ? run['current_step_index'] : 0;
  // Without the plan nothing shows how many steps there are, and a file's word alone must not make work.
  const written = Math.min(Math.max(0, claimed), plan?.steps.length ?? MAX_CLAIMED_STEPS);
  const named = isJsonObject(run['outputs'])
    ? Object.keys((run['outputs']['step_outputs'] ?? {}) as JsonObject).length
    : 0;
  const count = plan?.steps.length ?? Math.max(written + 1, named);
  // The Python SDK's other engine counts one further than its last step.
  const index = Math.min(written, Math.max(0, count - 1));
  const { metadata, ...rest } = run;
  return {
    error: run['state'] === 'FAILED' ? unknownFailure(index) : null,
    pause:
      run['state'] === 'NEED_CLARIFICATION'
        ? { reason: 'clarification', next: `portia resume ${asText(run['id'] ?? null)}` }
        : null,
    steps: stepRecords(run, { index, count, createdAt, plan }),
    usage: { calls: 0, input_tokens: 0, output_tokens: 0 },
    plan_digest: plan === undefined ? '' : planDigest(plan),
    ...rest,
    ...(typeof run['current_step_index'] === 'number' ? { current_step_index: index } : {}),
    metadata: {
      schema_version: 1,
      created_at: createdAt,
      updated_at: createdAt,
      last_seq: 0,
      step_count: count,
      ...(isJsonObject(metadata) ? metadata : {}),
    },
  };
}

function unknownFailure(index: number): JsonObject {
  const message = 'The tool that wrote this run does not say why it failed.';
  return { code: 'step-failed', message, step: String(index), retryable: true };
}

interface Progress {
  index: number;
  count: number;
  createdAt: string;
  plan: Plan | undefined;
}

/** The steps before the current one are finished; the current one too when the run is complete or its output is there. */
function stepRecords(run: JsonObject, progress: Progress): JsonObject[] {
  const { index, count, createdAt, plan } = progress;
  const outputs = isJsonObject(run['outputs']) ? run['outputs']['step_outputs'] : undefined;
  const outputOf = (at: number): JsonObject => {
    const step = plan?.steps[at];
    const name = step === undefined ? undefined : stepOutput(step);
    const output =
      name !== undefined && isJsonObject(outputs) && Object.hasOwn(outputs, name) ? outputs[name] : undefined;
    return name === undefined || output === undefined ? {} : { output_name: name, output };
  };
  const records: JsonObject[] = [];
  for (let at = 0; at < count; at += 1) {
    const found = outputOf(at);
    const isThere = at === index && 'output' in found && run['state'] !== 'FAILED';
    const done = at < index || run['state'] === 'COMPLETE' || isThere;
    if (!done) break;
    // How long it took is not known.
    const times = { attempts: 1, started_at: createdAt, finished_at: null };
    records.push({ path: String(at), status: 'completed', ...found, ...times });
  }
  return records;
}
