import { createKeyFileReader } from '../config/key-file.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import type { Sourced } from '../config/layer.js';
import { chooseModel, isSameChoice, type ModelChoice, type ModelSources } from '../config/model-choice.js';
import type { RefuseOthers } from '../config/project-owner.js';
import type { Settings } from '../config/settings.js';
import type { Variable } from '../config/variables.js';
import type { Environment } from '../domain/environment.js';
import type { CallLimits } from '../domain/run/call-limits.js';
import { PortiaError } from '../domain/errors.js';
import type { Model } from '../models/model.js';
import { parseExecName } from '../models/providers/model-names.js';
import { PROVIDERS } from '../models/providers/providers.js';
import type { Guests } from '../processes/guests.js';
import { keysOfPrograms, type KeysOfPrograms } from './keys-of-programs.js';
import type { OpenLedger } from './provider-gates.js';
import type { OpenedProject } from './open-project.js';
import { projectUntrusted } from './trust/project-untrusted.js';

export interface ModelOptions {
  cwd: string;
  projectRoot: string;
  environment: Environment;
  /** A program's own model, for every role. */
  ownModel?: Model | undefined;
  onRetry: ((message: string) => void) | undefined;
  /** Where the calls of all processes of a store are counted; without it only this process counts. */
  database?: { callLedger: OpenLedger } | undefined;
  /** Starts programs that stand for a model. */
  guests(): Promise<Guests>;
}

export interface Models extends KeysOfPrograms {
  /** With a name: that of the model which a step or a person names instead of the role's. */
  modelChoice(this: void, role: ModelRole, name?: string): ModelChoice;
  /** What events call the model that `model` gives; undefined when there is none. */
  modelId(role: ModelRole, name?: string): string | undefined;
  model(role: ModelRole, name?: string): Promise<Model>;
  /** Those that the settings name for when the model of the role cannot be asked. */
  fallbackChoices(this: void, role: ModelRole): ModelChoice[];
  /** The model that is asked when those before it cannot be; `place` counts from 1. One that is not set up is left out. */
  fallback(role: ModelRole, place: number): Promise<Model | undefined>;
  /** The model that says how near texts are; undefined when the settings name none. */
  embeddingsChoice(): ModelChoice | undefined;
}

/** The models that the settings name, each made when it is first asked. */
export function createModels(opened: OpenedProject, options: ModelOptions): Models {
  const { settings, variables, trust, whole, refuseOthers } = opened;
  const sources = {
    settings,
    find: variables,
    readKeyFile: createKeyFileReader(options.projectRoot),
    trustedOrigins: trust.keyOrigins,
  };
  const choose = (role: ModelRole, name?: NamedModel): ModelChoice => {
    const choice = chooseModel(role, withModel(sources, role, name));
    if (trust.isTrusted) return choice;
    // Without all settings of the project, another model would be asked than the project means: nothing is sent to that
    // one.
    const meant = chooseModel(
      role,
      withModel({ ...sources, settings: whole.settings, find: whole.variables }, role, name),
    );
    if (isSameChoice(choice, meant)) return choice;
    return { kind: 'none', error: projectUntrusted(`The model for ${role} is named by the project`, trust.items) };
  };
  // One object per model: what is learned about its endpoint is remembered with it.
  const made = new Map<string, Promise<Model>>();
  const keys = keysOfPrograms(opened, options);
  const { withKey } = keys;
  const make = async (role: ModelRole, name?: NamedModel): Promise<Model> => {
    const choice = choose(role, name);
    const key = choice.kind === 'openai' ? choice.id + choice.baseUrl : choice.kind === 'exec' ? choice.command : role;
    const execVariables = settings.execEnv.map(variables).filter((variable) => variable !== undefined);
    const { callLimits } = settings;
    const making = { ...options, execVariables, refuseOthers, callLimits };
    const model = made.get(key) ?? withKey(choice).then(async (ready) => createModel(ready, making));
    made.set(key, model);
    return model;
  };
  return {
    modelChoice: choose,
    ...keys,
    embeddingsChoice: () => settings.embeddings && choose('planning', settings.embeddings),
    modelId(role, name) {
      if (options.ownModel !== undefined && name === undefined) return options.ownModel.id;
      const choice = choose(role, name);
      return choice.kind === 'none' ? undefined : choice.id;
    },
    fallbackChoices: (role) => settings.fallbacks[role].map((name) => choose(role, name)),
    async fallback(role, place) {
      if (options.ownModel !== undefined) return undefined;
      const name = settings.fallbacks[role].filter((one) => choose(role, one).kind !== 'none')[place - 1];
      return name && make(role, name);
    },
    async model(role, name) {
      if (options.ownModel !== undefined && name === undefined) return options.ownModel;
      if (name !== undefined && parseExecName(name) !== undefined) throw programInPlan(name);
      return make(role, name);
    },
  };
}

/** The name that a step says, or one that a setting has. */
type NamedModel = string | Sourced<string>;

/** With the model that a step or a setting names. */
function withModel(sources: ModelSources, role: ModelRole, name: NamedModel | undefined): ModelSources {
  if (name === undefined) return sources;
  const own = typeof name === 'string' ? ({ value: name, origin: 'flag', source: 'the plan' } as const) : name;
  return { ...sources, settings: { ...sources.settings, models: { ...sources.settings.models, [role]: own } } };
}

/** A plan is data: it may name a model, but never a program to start. */
function programInPlan(name: string): PortiaError {
  return new PortiaError('invalid-plan', `The plan names a program as its model: ${name}.`, {
    why: 'Only a person may say which program runs here, with --model or in the settings.',
    fix: `Take "model" out of the step and give it on the command line: --execution-model '${name}'`,
  });
}

interface Making extends ModelOptions {
  execVariables: Variable[];
  refuseOthers: RefuseOthers;
  callLimits: Settings['callLimits'];
}

async function createModel(choice: ModelChoice, options: Making): Promise<Model> {
  const model = await createAsChosen(choice, options);
  if (choice.kind === 'none') return model;
  const { withinLimits } = await import('../models/model-limits.js');
  return withinLimits(model, choice.request);
}

async function createAsChosen(choice: ModelChoice, options: Making): Promise<Model> {
  switch (choice.kind) {
    case 'none':
      throw choice.error;
    case 'exec': {
      const { createExecModel } = await import('../models/exec-model.js');
      const { guestEnvironment } = await import('../processes/guest-environment.js');
      const { command, named, request } = choice;
      // Paths are relative to where they are written: the project's own files, or the folder where a person typed.
      const isOfProject = named.origin === 'project' || named.origin === 'dotenv';
      const directory = isOfProject ? options.projectRoot : options.cwd;
      if (isOfProject) {
        const { programFiles } = await import('./trust/trusted-content.js');
        await options.refuseOthers(programFiles(command, directory));
      }
      const environment = guestEnvironment(options.environment, options.execVariables);
      return createExecModel({
        command,
        directory,
        environment,
        guests: await options.guests(),
        deadlineMs: request.timeoutMs,
        toolsInWords: request.noTools,
      });
    }
    case 'openai': {
      const { createOpenAiModel } = await import('../models/openai.js');
      const { gateOf } = await import('./provider-gates.js');
      const { id, provider, modelName, baseUrl, key, request } = choice;
      const limits = options.callLimits.get(provider);
      const onWait = (ms: number | undefined) => options.onRetry?.(waitLine(provider, ms, limits));
      return createOpenAiModel({
        id,
        modelName,
        baseUrl,
        apiKey: key?.value,
        keyName: key?.name,
        keyHeader: PROVIDERS[provider].keyHeader,
        maxTokensField: PROVIDERS[provider].maxTokensField,
        settings: request,
        deadlineMs: request.timeoutMs,
        gate: { gate: gateOf(provider, baseUrl, limits && options.database?.callLedger), limits: limits ?? {}, onWait },
        onRetry: ({ attempt, waitMs, reason }) =>
          options.onRetry?.(`${id}: ${reason}; attempt ${attempt + 1} in ${(waitMs / 1000).toFixed(1)} s`),
      });
    }
  }
}

/** Why calls of a provider wait now. */
function waitLine(provider: string, ms: number | undefined, limits: CallLimits = {}): string {
  const line = `waiting for the limit of ${provider}`;
  if (ms !== undefined) return `${line}, ${Math.ceil(ms / 1000)} s`;
  const { callsAtOnce } = limits;
  return callsAtOnce === undefined ? `${line}: it refused calls` : `${line}: ${callsAtOnce} at a time`;
}
