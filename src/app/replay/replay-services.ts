import { fitAnswer } from '../../clarifications/check-answers.js';
import type { RecordedModel, RecordedQuestion } from '../../domain/recording/recorded-call.js';
import type { RunError } from '../../domain/errors.js';
import type { Recording } from '../../domain/recording/recording.js';
import { isApproval } from '../../domain/run/clarification.js';
import { DEFAULT_AGENT } from '../../domain/values/agent-types.js';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import type { ModelRole } from '../../domain/values/model-roles.js';
import { createSecrets } from '../../executor/held-secrets.js';
import { recordedFailure } from '../../executor/model-call.js';
import type { Playback } from '../../executor/playback.js';
import type { ExecutorServices } from '../../executor/services.js';
import type { Model } from '../../models/model.js';
import { createNewId } from '../../storage/new-id.js';
import type { ToolEnvironment } from '../../tools/tool.js';
import { compileSchema } from '../compile-schema.js';
import { createOwnEvaluator } from '../evaluator.js';
import { inputsError } from '../inputs/check-inputs.js';
import { createInputCheck } from '../plans/runnable-plan.js';
import { STEPS_AT_A_TIME } from '../run-limits.js';
import { openSeal } from '../seal.js';
import type { ProcessFacts } from '../this-process.js';
import { StandIns } from './stand-ins.js';

/** Tokens beyond which values are kept beside the log, where the recording does not say. */
const LARGE_OUTPUT_TOKENS = 1_000;

/** What a run needs that is played: expressions, schemas and answers are really judged, and nothing outside is touched. */
export function replayServices(
  recording: Recording,
  playback: Playback,
  { cpuTime }: Pick<ProcessFacts, 'cpuTime'>,
): ExecutorServices {
  const { calls, setup, agent = DEFAULT_AGENT } = recording;
  const models = calls.filter((call): call is RecordedModel => call.kind === 'model');
  const shown = namedIn(models);
  const hooks = new Set(calls.flatMap((call) => (call.kind === 'hook' ? [call.hook] : [])));
  const modelId = (role: ModelRole, name?: string) => name ?? models.find((call) => call.role === role)?.model ?? role;
  return {
    playback,
    newId: createNewId(),
    tools: new StandIns(recording),
    environment: nothingOutside(),
    images: {
      isThere: async (file) => shown.has(file),
      load: async () => Promise.reject(touched('an image')),
    },
    async model(role, name) {
      const isAsked = models.some((call) => call.role === role);
      const missing = isAsked ? undefined : withoutModel(recording);
      if (missing !== undefined) throw recordedFailure(missing);
      return standInModel(modelId(role, name), models);
    },
    fallback: async (role, place) => fallbackIn(models, { role, place }),
    modelId,
    completeStructured: async () => Promise.reject(touched('a model')),
    checkAnswer: async (question, response) => fitAnswer(question, response, compileSchema),
    compileSchema: (schema) => compileSchema(schema),
    async checkInputs(plan, given) {
      const checked = (await createInputCheck(plan))(given);
      const error = inputsError(checked);
      return error === undefined ? { ok: true, values: checked.values } : { ok: false, problem: error.message };
    },
    policy: policyOf(recording),
    evaluate: createOwnEvaluator({ cpuTime }),
    hooks:
      hooks.size === 0
        ? undefined
        : { names: hooks, fingerprint: '', call: async () => Promise.reject(touched('a hook')) },
    // Secrets are out of a recording already.
    redact: (value) => value,
    redactBeginning: (text) => ({ text, rest: '' }),
    secrets: createSecrets(() => () => undefined),
    seal: openSeal({}),
    settings: {
      largeOutputTokens: setup?.large_output_tokens ?? LARGE_OUTPUT_TOKENS,
      recordReasoning: false,
      recordRequests: false,
      agent,
      keepsToHost: false,
      summarize: setup?.summarize ?? false,
      jobs: setup?.jobs ?? STEPS_AT_A_TIME,
      budget: { limits: {}, prices: new Map() },
    },
  };
}

/**
 * A call was allowed beforehand where the recording has no question about it, and denied where a step was declined without
 * a call.
 */
function policyOf({ calls, steps }: Recording): ExecutorServices['policy'] {
  const made = new Set(calls.flatMap((call) => (call.kind === 'tool' ? [callText(call.tool, call.args)] : [])));
  const denials = [...steps.values()].flatMap((end) =>
    end.kind === 'failed' && end.error.code === 'declined' ? [end.error.message] : [],
  );
  const asked = new Set(
    calls
      .filter((call): call is RecordedQuestion => call.kind === 'question')
      .flatMap(({ question }) => (isApproval(question) ? [callText(question.tool_id, question.args ?? {})] : [])),
  );
  return async (toolId, args) => {
    const text = callText(toolId, args);
    if (asked.has(text)) return { policy: undefined };
    const isDenied = !made.has(text) && denials.some((message) => message.includes(toolId));
    return { policy: isDenied ? 'deny' : 'allow' };
  };
}

function callText(toolId: string, args: JsonObject): string {
  return `${toolId} ${canonicalJson(args)}`;
}

/** Why no model could be asked, where that was so. */
function withoutModel({ steps, end }: Recording): RunError | undefined {
  const errors = [end.error, ...[...steps.values()].map((step) => (step.kind === 'failed' ? step.error : undefined))];
  return errors.find((error) => error?.code === 'no-model' || error?.code === 'key-rejected');
}

function standInModel(id: string, models: readonly RecordedModel[]): Model {
  const contextWindow = models.find((call) => call.model === id)?.tokens;
  return { id, contextWindow, complete: async () => Promise.reject(touched(id)) };
}

function nothingOutside(): ToolEnvironment {
  return {
    projectRoot: '/',
    allowedPaths: [],
    variable: () => undefined,
    variableOrigin: () => undefined,
    setting: () => undefined,
    mayReceiveKey: () => false,
    askModel: async () => Promise.reject(touched('a model')),
  };
}

/** The images that models were shown. */
function namedIn(models: readonly RecordedModel[]): ReadonlySet<string> {
  return new Set(models.flatMap(({ request }) => imagesIn(request ?? null)));
}

function imagesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (!isJsonObject(value)) return [];
  const { images, ...others } = value;
  const own = Array.isArray(images) ? images.filter((image) => typeof image === 'string') : [];
  return [...own, ...Object.values(others).flatMap(imagesIn)];
}

function touched(what: string): Error {
  return new Error(`${what} was touched while a run was played`);
}

/** The model that was asked instead of others. */
function fallbackIn(models: readonly RecordedModel[], at: { role: ModelRole; place: number }): Model | undefined {
  const named = models.flatMap(({ role, end }) => {
    return role === at.role && end?.kind === 'failure' && end.fallback !== undefined ? [end.fallback] : [];
  });
  const id = [...new Set(named)][at.place - 1];
  return id === undefined ? undefined : standInModel(id, models);
}
