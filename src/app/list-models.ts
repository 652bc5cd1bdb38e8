import { nameOfKey, type ModelChoice } from '../config/model-choice.js';
import { MODEL_ROLES, type ModelRole } from '../domain/values/model-roles.js';
import { shownUrl } from '../domain/values/secret-names.js';
import type { OfferedModel } from '../models/offered-models.js';
import { PROVIDER_NAMES, PROVIDERS, type ProviderName } from '../models/providers/providers.js';
import type { Models } from './models.js';
import { missingInAddress } from '../models/providers/model-names.js';
import { PortiaError } from '../domain/errors.js';
import type { FindVariable } from '../config/variables.js';

/** Which model a role has; `problem` says why it has none. */
export interface RoleEntry {
  role: ModelRole;
  model: string | null;
  base_url: string | null;
  /** The variable or file that holds its key. */
  key: string | null;
  /** The flag, variable or setting that names it. */
  source: string | null;
  problem: string | null;
}

/** Whether models of a provider can be asked here. */
export interface ProviderEntry {
  provider: ProviderName;
  base_url: string | null;
  /** The variable or file that holds its key; null when none is there, or it needs none. */
  key: string | null;
  ready: boolean;
  /** Variables and flags that it needs; alternatives in one text, with `or`. */
  missing: string[];
}

/** A model that an endpoint offers. */
export interface OfferedEntry {
  /** As `--model` takes it. */
  model: string;
  base_url: string;
  context_window: number | null;
  owner: string | null;
  /** The roles that have it now. */
  roles: ModelRole[];
}

/** The models of a project, and where their keys come from. */
export type ModelsHere = Pick<Models, 'modelChoice' | 'withKey'> & { variables: FindVariable };

export function rolesOf({ modelChoice }: ModelsHere): RoleEntry[] {
  return MODEL_ROLES.map((role) => ({ role, ...described(modelChoice(role)) }));
}

function described(choice: ModelChoice): Omit<RoleEntry, 'role'> {
  const nothing = { model: null, base_url: null, key: null, source: null, problem: null };
  switch (choice.kind) {
    case 'none':
      return { ...nothing, problem: choice.error.message };
    case 'exec':
      return { ...nothing, model: choice.id, source: choice.named.source };
    case 'openai': {
      const { id, baseUrl, named } = choice;
      return {
        model: id,
        base_url: shownUrl(baseUrl),
        key: nameOfKey(choice),
        source: named?.source ?? 'default',
        problem: null,
      };
    }
  }
}

/** Every provider, or the one that is named. */
export function providersOf(here: ModelsHere, only?: ProviderName): ProviderEntry[] {
  return PROVIDER_NAMES.filter((name) => only === undefined || name === only).map((provider) => {
    const choice = anyOf(here, provider);
    if (choice.kind !== 'openai') {
      return { provider, base_url: null, key: null, ready: false, missing: missingFor(provider, here) };
    }
    const key = nameOfKey(choice);
    return { provider, base_url: shownUrl(choice.baseUrl), key, ready: true, missing: [] };
  });
}

function missingFor(provider: ProviderName, { variables }: ModelsHere): string[] {
  const { keyVariables, isKeyOptional } = PROVIDERS[provider];
  const inAddress = missingInAddress(provider, (name) => variables(name)?.value);
  const hasKey = isKeyOptional === true || keyVariables.some((name) => variables(name) !== undefined);
  return [...inAddress, ...(hasKey || keyVariables.length === 0 ? [] : [keyVariables.join(' or ')])];
}

/** Some model of the provider: where it is and which key it takes do not depend on its name. */
function anyOf({ modelChoice }: ModelsHere, provider: ProviderName): ModelChoice {
  return modelChoice('execution', `${provider}/-`);
}

/**
 * What the endpoints of all roles offer, or that of one provider. Rejects with a PortiaError when one of them cannot be
 * asked.
 */
export async function offersOf(here: ModelsHere, only: ProviderName | undefined): Promise<OfferedEntry[]> {
  const inUse = MODEL_ROLES.map((role) => ({ role, choice: here.modelChoice(role) }));
  const asked = only === undefined ? inUse.map(({ choice }) => choice) : [requireProvider(here, only)];
  const ready = await Promise.all(asked.map(here.withKey));
  const endpoints = new Map(ready.flatMap((choice) => endpointOf(choice)).map((each) => [each.baseUrl, each]));
  const offers = await Promise.all([...endpoints.values()].map(offered));
  return offers.flat().map(({ provider, baseUrl, ...offer }) => {
    const model = `${provider}/${offer.name}`;
    const has = ({ choice }: (typeof inUse)[number]) =>
      choice.kind === 'openai' && choice.id === model && choice.baseUrl === baseUrl;
    return {
      model,
      base_url: shownUrl(baseUrl),
      context_window: offer.contextWindow ?? null,
      owner: offer.owner ?? null,
      roles: inUse.filter(has).map(({ role }) => role),
    };
  });
}

function requireProvider(here: ModelsHere, provider: ProviderName): ModelChoice {
  const missing = missingFor(provider, here);
  const choice = anyOf(here, provider);
  if (choice.kind === 'openai' || missing.length === 0) return choice;
  throw new PortiaError('no-model', `The models of ${provider} cannot be listed here.`, {
    why: `It needs ${missing.join(' and ')}.`,
    fix: missing.map((names) => `${giving(names.split(' ')[0] ?? '')}=…`).join('\n'),
  });
}

const giving = (name: string) => (name.startsWith('--') ? name : `export ${name}`);

type Endpoint = Extract<ModelChoice, { kind: 'openai' }>;

/** Programs have no list. */
function endpointOf(choice: ModelChoice): Endpoint[] {
  if (choice.kind === 'none') throw choice.error;
  return choice.kind === 'openai' ? [choice] : [];
}

async function offered({
  id,
  provider,
  modelName,
  baseUrl,
  key,
  request,
  baseUrlFrom,
}: Endpoint): Promise<(OfferedModel & { provider: ProviderName; baseUrl: string })[]> {
  const { offeredModels } = await import('../models/offered-models.js');
  const { keyHeader = 'authorization', modelsUrl } = PROVIDERS[provider];
  const models = await offeredModels({
    modelId: modelName === '-' ? provider : id,
    modelName,
    baseUrl,
    apiKey: key?.value,
    keyName: key?.name,
    headers: { ...(key !== null && { [keyHeader]: `Bearer ${key.value}` }), ...request.headers },
    modelsUrl: baseUrlFrom === undefined ? modelsUrl : undefined,
  });
  return models.map((model) => ({ ...model, provider, baseUrl }));
}
