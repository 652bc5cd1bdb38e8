import type { ModelRole } from '../../domain/values/model-roles.js';
import { MODEL_ROLES } from '../../domain/values/model-roles.js';
import type { ModelChoice } from '../../config/model-choice.js';
import type { TrustItem } from '../../config/trust-items.js';
import type { TrustKind } from '../../domain/values/trust-kinds.js';
import type { PortiaError } from '../../domain/errors.js';
import { askedModels } from '../../domain/plan/asked-models.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Tool } from '../../tools/tool.js';
import type { ProjectTrust } from './project-trust.js';
import { projectUntrusted } from './project-untrusted.js';

/** Decides whether something can be done without the parts of a project that are left out. */
export interface TrustedParts {
  trust: ProjectTrust;
  modelChoice(role: ModelRole): ModelChoice;
}

const OF_TOOLS: ReadonlySet<TrustKind> = new Set<TrustKind>(['module', 'program-tool', 'http-tool', 'mcp-server']);

/** What gives the project tools of its own, and is left out. */
export function toolsLeftOut({ trust }: Pick<TrustedParts, 'trust'>): TrustItem[] {
  return trust.isTrusted ? [] : trust.items.filter(({ kind }) => OF_TOOLS.has(kind));
}

/** Why these plans cannot be run as far as the project is trusted: a PortiaError `project-untrusted`, else undefined. */
export function trustMissingForRun(
  plans: Plan[],
  parts: TrustedParts & { tools: { get(id: string): Tool | undefined }; hasCostLimit?: boolean },
): PortiaError | undefined {
  const { trust, tools, modelChoice } = parts;
  if (trust.isTrusted) return undefined;
  const unwatched = trustMissingForHooks(parts, 'The project has hooks that look at every run');
  if (unwatched !== undefined) return unwatched;
  const missing = toolsOfSteps(plans.flatMap(({ steps }) => steps)).filter((id) => tools.get(id) === undefined);
  const leftOut = toolsLeftOut(parts);
  if (missing.length > 0 && leftOut.length > 0) return trustMissingForTools(missing, leftOut);
  const roles = new Set(askedModels(plans).map(({ role }) => role));
  for (const role of MODEL_ROLES.filter((name) => roles.has(name))) {
    const choice = modelChoice(role);
    if (choice.kind === 'none' && choice.error.code === 'project-untrusted') return choice.error;
  }
  const prices = trust.items.filter(({ kind }) => kind === 'price');
  if (parts.hasCostLimit && prices.length > 0)
    return projectUntrusted('--max-cost needs the prices of portia.json', prices);
  return undefined;
}

/** Why these tools are not here. */
export function trustMissingForTools(ids: string[], leftOut: TrustItem[]): PortiaError {
  const which = ids.length === 1 ? `The tool ${ids[0]} may be one` : `The tools ${ids.join(', ')} may be tools`;
  return projectUntrusted(`${which} of the project's own`, leftOut);
}

/** What a project forbids by its hooks must not be done because they are left out. */
function trustMissingForHooks({ trust }: Pick<TrustedParts, 'trust'>, what: string): PortiaError | undefined {
  const hooks = trust.isTrusted ? [] : trust.items.filter(({ kind }) => kind === 'hooks');
  return hooks.length === 0 ? undefined : projectUntrusted(what, hooks);
}

/** A plan that a model makes without the project's own tools would not be the one that the person wants. */
export function trustMissingForPlanning(parts: TrustedParts): PortiaError | undefined {
  const unwatched = trustMissingForHooks(parts, 'The project has hooks that look at every plan');
  if (unwatched !== undefined) return unwatched;
  const leftOut = toolsLeftOut(parts);
  if (leftOut.length > 0) return projectUntrusted('A model would plan without the tools of the project', leftOut);
  const choice = parts.modelChoice('planning');
  return choice.kind === 'none' && choice.error.code === 'project-untrusted' ? choice.error : undefined;
}
