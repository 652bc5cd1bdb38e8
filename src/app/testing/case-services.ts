import { fitAnswer } from '../../clarifications/check-answers.js';
import { PortiaError } from '../../domain/errors.js';
import { DEFAULT_AGENT } from '../../domain/values/agent-types.js';
import { digestText } from '../../domain/values/digest.js';
import type { NewId } from '../../domain/values/ids.js';
import { createSecrets } from '../../executor/held-secrets.js';
import type { Playback } from '../../executor/playback.js';
import type { ExecutorServices, ImageLoader, RunTools } from '../../executor/services.js';
import type { ToolEnvironment } from '../../tools/tool.js';
import { compileSchema } from '../compile-schema.js';
import { imageLoader } from '../image-loader.js';
import { inputsError } from '../inputs/check-inputs.js';
import { createInputCheck } from '../plans/runnable-plan.js';
import { STEPS_AT_A_TIME } from '../run-limits.js';
import { openSeal } from '../seal.js';
import type { ScriptedModels } from './scripted-model.js';

/** Tokens beyond which values are kept beside the log. */
const LARGE_OUTPUT_TOKENS = 1_000;

/** The id of the model that has no name in the plan. */
const MODEL = 'test/model';

export interface CaseParts {
  name: string;
  /** The folder of the case: an absolute path. */
  folder: string;
  tools: RunTools;
  models: ScriptedModels;
  playback: Playback;
  evaluate: ExecutorServices['evaluate'];
}

/** What a run needs that is tested: nothing of the settings, the environment and the network is there. */
export function caseServices({ name, folder, tools, models, playback, evaluate }: CaseParts): ExecutorServices {
  const environment = environmentIn(folder, models);
  return {
    ...{ playback, tools, environment, evaluate },
    newId: idsFrom(name),
    images: imagesIn(environment),
    model: async (_role, id = MODEL) => models.model(id),
    modelId: (_role, id = MODEL) => id,
    async completeStructured(model, request, shape) {
      const { completeStructured } = await import('../../models/structured-reply.js');
      return completeStructured(model, request, shape);
    },
    checkAnswer: async (question, response) => fitAnswer(question, response, compileSchema),
    compileSchema: (schema) => compileSchema(schema),
    async checkInputs(plan, given) {
      const checked = (await createInputCheck(plan))(given);
      const error = inputsError(checked);
      return error === undefined ? { ok: true, values: checked.values } : { ok: false, problem: error.message };
    },
    policy: async () => ({ policy: undefined }),
    redact: (value) => value,
    redactBeginning: (text) => ({ text, rest: '' }),
    secrets: createSecrets(() => () => undefined),
    seal: openSeal({}),
    settings: {
      largeOutputTokens: LARGE_OUTPUT_TOKENS,
      recordReasoning: false,
      recordRequests: false,
      agent: DEFAULT_AGENT,
      keepsToHost: false,
      summarize: false,
      jobs: STEPS_AT_A_TIME,
      budget: { limits: {}, prices: new Map() },
    },
  };
}

/** The same ids each time that the case is run. */
function idsFrom(name: string): NewId {
  let made = 0;
  return (prefix) => {
    const hex = digestText(`${name} ${(made += 1)}`);
    const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
    return `${prefix}-${[...parts, hex.slice(20, 32)].join('-')}`;
  };
}

function environmentIn(folder: string, models: ScriptedModels): ToolEnvironment {
  return {
    projectRoot: folder,
    allowedPaths: [],
    variable: () => undefined,
    variableOrigin: () => undefined,
    setting: () => undefined,
    mayReceiveKey: () => false,
    async askModel({ text, system, images }, _signal, onUsage) {
      const said = system === undefined ? [] : [{ role: 'system' as const, text: system }];
      const { text: reply, usage } = models.reply({ messages: [...said, { role: 'user', text, images }] });
      onUsage?.(usage);
      return reply;
    },
  };
}

/** Those of addresses would come from outside. */
function imagesIn(environment: ToolEnvironment): ImageLoader {
  const { isThere, load } = imageLoader(environment);
  return {
    isThere,
    async load(source, signal) {
      if (source.kind !== 'address') return load(source, signal);
      throw new PortiaError('unavailable', `The image ${source.at} is not loaded in a test.`, {
        fix: 'Give the case a file of it.',
        retryable: false,
      });
    },
  };
}
