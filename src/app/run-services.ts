import { fitAnswer } from '../clarifications/check-answers.js';
import { inputsError } from './inputs/check-inputs.js';
import type { RefuseOthers } from '../config/project-owner.js';
import { digestValue } from '../domain/values/digest.js';
import type { Redactor } from '../domain/values/redaction.js';
import type { Origin } from '../config/layer.js';
import { readMachinePolicy } from '../config/machine-policy.js';
import type { Settings } from '../config/settings.js';
import type { NewId, Now } from '../domain/values/ids.js';
import type { Secrets } from '../executor/held-secrets.js';
import type { AlwaysAllowed } from '../domain/values/policies.js';
import type { ExecutorServices } from '../executor/services.js';
import type { HookPort } from '../hooks/hook-port.js';
import { builtVersion } from './built-package.js';
import { openSeal } from './seal.js';
import { createCallProcesses } from './call-processes.js';
import { compileSchema } from './compile-schema.js';
import { createInputCheck } from './plans/runnable-plan.js';
import { builtinTools } from '../tools/builtin/builtin-tools.js';
import { createRegistry, type ToolRegistry } from '../tools/registry.js';
import { createPolicy, type CallPolicy } from '../tools/tool-policy.js';
import type { ModuleOptions } from '../tools/host/load-modules.js';
import type { Environment } from '../domain/environment.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import { createOwnEvaluator } from './evaluator.js';
import { imageLoader } from './image-loader.js';
import { STEPS_AT_A_TIME } from './run-limits.js';
import type { GivenToServices } from './given-to-services.js';
import type { Models } from './models.js';
import type { ProcessFacts } from './this-process.js';
import type { DeclaredToolParts } from './declared-tools.js';
import { arrangeTools } from './tool-arrangement.js';
import { unknownToolNames } from './unknown-tool-names.js';

// Needed only for planning and running: loaded separately, because showing and listing do not need it.

/**
 * The tools that there are here: portia's, the caller's and the project's, with those of MCP servers that are given,
 * arranged as the user wants them. Without `modules` those of the project are left out.
 */
export async function loadTools(
  options: Pick<GivenToServices, 'ownTools' | 'stubs' | 'dryRun'> &
    DeclaredToolParts & { refuseOthers: RefuseOthers; isWhole: boolean; warn(message: string): void },
  settings: Settings,
  {
    projectRoot,
    modules: loading,
    ofServers,
  }: { projectRoot: string; modules: Omit<ModuleOptions, 'projectRoot'> | undefined; ofServers: readonly Tool[] },
): Promise<ToolRegistry> {
  let tools: Tool[] = [...builtinTools(), ...(options.ownTools ?? []), ...ofServers];
  const modules = settings.tools.modules.map(({ value }) => value);
  if (modules.length > 0 && loading !== undefined) {
    const { loadToolModules } = await import('../tools/host/load-modules.js');
    tools.push(...(await loadToolModules(modules, { projectRoot, check: options.refuseOthers, ...loading })));
  }
  if (settings.programs.length + settings.http.length > 0) {
    const { declaredTools } = await import('./declared-tools.js');
    tools.push(...(await declaredTools(settings, projectRoot, options)));
  }
  const known = { here: new Set(tools.map(({ id }) => id)), everywhere: builtinTools().map(({ id }) => id) };
  // Where tools of the project are left out, nobody can tell which names are wrong.
  if (options.isWhole) for (const message of unknownToolNames(settings, known)) options.warn(message);
  tools = await arrangeTools(tools, settings, { stubs: options.stubs, dryRun: options.dryRun });
  return createRegistry(tools);
}

/** What the settings say about calls of tools. */
export async function createCallPolicy(
  { approvals }: Settings,
  { cpuTime, machinePolicy, now }: Pick<ProcessFacts, 'cpuTime' | 'machinePolicy'> & { now: Now },
): Promise<CallPolicy> {
  const evaluate = createOwnEvaluator({ cpuTime });
  const machine = readMachinePolicy(machinePolicy);
  const from = (place: Origin) => approvals.filter(({ origin }) => origin === place);
  return createPolicy(
    { machine, command: from('flag'), files: [from('project'), from('user')] },
    async (source, variables) => evaluate(source, variables, { startedAt: now().toISOString() }),
  );
}

/** What the executor needs from outside. */
export async function createExecutor(
  options: Pick<GivenToServices, 'summarize' | 'jobs' | 'limits'> & Pick<ProcessFacts, 'cpuTime' | 'pid' | 'kill'>,
  parts: {
    environment: Environment;
    settings: Settings;
    toolEnvironment: ToolEnvironment;
    newId: NewId;
    models: Models;
    redactor: Redactor;
    secrets: Secrets;
    tools: ExecutorServices['tools'];
    policy: CallPolicy;
    always: AlwaysAllowed;
    hooks: HookPort | undefined;
    onStopped: ExecutorServices['onStopped'];
    traces: ExecutorServices['traces'];
  },
): Promise<ExecutorServices> {
  return {
    newId: parts.newId,
    tools: parts.tools,
    environment: parts.toolEnvironment,
    images: imageLoader(parts.toolEnvironment),
    model: parts.models.model,
    fallback: parts.models.fallback,
    modelId: parts.models.modelId,
    redact: parts.redactor.json,
    redactBeginning: parts.redactor.beginning,
    secrets: parts.secrets,
    seal: openSeal(parts.environment),
    policy: parts.policy,
    always: parts.always,
    hooks: parts.hooks,
    onStopped: parts.onStopped,
    traces: parts.traces,
    processes: createCallProcesses({ ...options, environment: parts.environment }),
    evaluate: createOwnEvaluator(options),
    async completeStructured(model, request, shape) {
      const { completeStructured } = await import('../models/structured-reply.js');
      return completeStructured(model, request, shape);
    },
    async checkInputs(plan, given) {
      const checked = (await createInputCheck(plan))(given);
      const error = inputsError(checked);
      if (error === undefined) return { ok: true, values: checked.values };
      return { ok: false, problem: [error.message, error.details.why].filter(Boolean).join(' ') };
    },
    async checkAnswer(question, response) {
      return fitAnswer(question, response, compileSchema);
    },
    compileSchema: (schema) => compileSchema(schema),
    setup: { version: builtVersion(), ...policiesOf(parts.settings) },
    settings: settingsOf(options, parts),
  };
}

/** Rules of this machine's owner are not the project's: a change of theirs is seen in what they did. */
function policiesOf({ approvals }: Settings): { policies?: string } {
  return approvals.length === 0 ? {} : { policies: digestValue(approvals) };
}

function settingsOf(
  options: Pick<GivenToServices, 'summarize' | 'jobs' | 'limits'>,
  parts: { settings: Settings; models: Models },
): ExecutorServices['settings'] {
  return {
    largeOutputTokens: parts.settings.largeOutputThresholdTokens.value,
    recordReasoning: parts.settings.recordReasoning.value,
    // Elsewhere runs and files are in one folder.
    keepsToHost: parts.settings.store.value.kind === 'postgres' && !parts.settings.sharedFiles.value,
    recordRequests: parts.settings.recordRequests.value,
    agent: parts.settings.agent.value,
    summarize: options.summarize ?? false,
    jobs: options.jobs ?? STEPS_AT_A_TIME,
    budget: {
      limits: options.limits ?? {},
      prices: parts.settings.prices,
      toolModel: parts.models.modelId('execution'),
    },
  };
}
