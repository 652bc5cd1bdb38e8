import type { Environment } from '../domain/environment.js';
import type { AlwaysAllowed } from '../domain/values/policies.js';
import type { ExecutorServices } from '../executor/services.js';
import type { HookPort } from '../hooks/hook-port.js';
import type { CallPolicy } from '../tools/tool-policy.js';
import type { GivenToServices } from './given-to-services.js';
import type { OpenTraces } from './run-traces.js';
import type { createExecutor } from './run-services.js';
import type { Toolbox } from './toolbox.js';

type ExecutorParts = Omit<Parameters<typeof createExecutor>[1], 'tools' | 'policy' | 'always' | 'hooks'> & {
  toolbox: Toolbox;
  hooks(): Promise<HookPort | undefined>;
  rules: { policy(): Promise<CallPolicy>; alwaysAllowed(): Promise<AlwaysAllowed> };
};

/** What runs need. What only they need is loaded now. */
export async function openExecutor(
  given: Parameters<typeof createExecutor>[0],
  { toolbox: tools, rules, hooks, ...parts }: ExecutorParts,
): Promise<ExecutorServices> {
  const { createExecutor: create } = await import('./run-services.js');
  const [policy, always] = await Promise.all([rules.policy(), rules.alwaysAllowed()]);
  return create(given, { ...parts, tools, policy, always, hooks: await hooks() });
}

/** Sends what runs do to a collector, where the environment names one. A rehearsal sends nothing. */
export async function openTraces(
  environment: Environment,
  { dryRun, warn }: Pick<GivenToServices, 'dryRun'> & { warn: ((message: string) => void) | undefined },
): Promise<OpenTraces | undefined> {
  const isNamed = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (isNamed === undefined || dryRun) return undefined;
  const { openRunTraces } = await import('./run-traces.js');
  return openRunTraces(environment, warn ?? (() => undefined));
}

/** Those that a program gives, or else those of the project. */
export async function openHooks(
  { ownHooks: own }: Pick<GivenToServices, 'ownHooks'>,
  toolbox: Toolbox,
): Promise<HookPort | undefined> {
  if (own === undefined) return toolbox.hooks();
  const { ownHooks } = await import('../hooks/own-hooks.js');
  return ownHooks(own);
}
