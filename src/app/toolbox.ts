import type { LiveRedactor } from '../domain/values/redaction.js';
import type { Environment } from '../domain/environment.js';
import type { Now } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { Guests } from '../processes/guests.js';
import type { KeptDeclarations } from '../tools/host/load-modules.js';
import type { ToolHosts } from '../tools/host/tool-hosts.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import type { GivenToServices } from './given-to-services.js';
import type { OpenedProject } from './open-project.js';
import { STEPS_AT_A_TIME } from './run-limits.js';
import type { ProcessFacts } from './this-process.js';

export interface ToolboxParts {
  given: GivenToServices;
  process: Pick<ProcessFacts, 'cpuTime' | 'node' | 'userId'>;
  shell: Environment;
  opened: OpenedProject;
  toolEnvironment: ToolEnvironment;
  redactor: LiveRedactor;
  now: Now;
  guests(): Promise<Guests>;
  /** Shows what tools print. */
  print(text: string): Promise<void>;
  warn(message: string): void;
}

/**
 * The tools that there are here. The project's modules are loaded, in processes of their own, when something needs them:
 * to look at their tools, what they declared before is enough.
 */
export class Toolbox {
  readonly #parts: ToolboxParts;
  #withoutModules: Promise<ToolRegistry> | undefined;
  #known: Promise<ToolRegistry> | undefined;
  #all: Promise<ToolRegistry> | undefined;
  #toRun: ToolRegistry | undefined;
  #hosts: Promise<ToolHosts> | undefined;

  constructor(parts: ToolboxParts) {
    this.#parts = parts;
  }

  /** All tools; with plans, at least those that the plans call. Modules are loaded when they were not loaded before. */
  async tools(plans?: readonly Plan[]): Promise<ToolRegistry> {
    const enough = await this.#enoughFor(plans);
    return enough ?? this.#all ?? (this.#known ??= this.#load({ mayRecall: true }));
  }

  /** The same for plans that are run now, by what their modules themselves declare. */
  async toolsToRun(plans: readonly Plan[]): Promise<ToolRegistry> {
    this.#toRun = (await this.#enoughFor(plans)) ?? (await (this.#all ??= this.#load({ mayRecall: false })));
    return this.#toRun;
  }

  /** The tools without those of modules, when the plans call no other. */
  async #enoughFor(plans: readonly Plan[] | undefined): Promise<ToolRegistry | undefined> {
    if (plans === undefined || this.#all !== undefined || !this.#mayDoWithout()) return undefined;
    this.#withoutModules ??= this.#load(undefined);
    const some = await this.#withoutModules;
    const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
    return called.every((id) => some.get(id) !== undefined) ? some : undefined;
  }

  /** A stub keeps what its tool says of itself, so that must be known. */
  #mayDoWithout(): boolean {
    const { opened, given } = this.#parts;
    return opened.settings.tools.modules.length > 0 && (given.stubs?.size ?? 0) === 0;
  }

  /** With its modules or without them. */
  async #load(modules: { mayRecall: boolean } | undefined): Promise<ToolRegistry> {
    const { opened, given, guests, shell, redactor, process, now, print, warn, toolEnvironment } = this.#parts;
    const { refuseOthers, settings, trust } = opened;
    const { cpuTime } = process;
    const { projectRoot } = toolEnvironment;
    const hasModules = settings.tools.modules.length > 0;
    const own = modules && hasModules ? { ...modules, ...(await this.#openModules()) } : undefined;
    const outside = { refuseOthers, guests, now, shell, redact: redactor.text, cpuTime, print, warn };
    const { loadTools } = await import('./run-services.js');
    const isWhole = trust.isTrusted && (own !== undefined || !hasModules);
    return loadTools({ ...given, ...outside, isWhole }, settings, { projectRoot, modules: own });
  }

  async #openModules(): Promise<{ hosts: ToolHosts; kept: KeptDeclarations }> {
    const { opened, shell, process, toolEnvironment } = this.#parts;
    this.#hosts ??= this.#openHosts();
    const { openKeptDeclarations } = await import('./kept-declarations.js');
    const { projectRoot } = toolEnvironment;
    const kept = openKeptDeclarations({ shell, process, projectRoot, settings: opened.settings });
    return { hosts: await this.#hosts, kept };
  }

  async #openHosts(): Promise<ToolHosts> {
    const { opened, given, guests, redactor, shell, ...parts } = this.#parts;
    const { settings, trust } = opened;
    const { createToolHosts } = await import('./tool-hosts.js');
    return createToolHosts({
      ...parts,
      settings,
      environment: shell,
      dotenvNames: [...trust.files.dotenv.keys()],
      guests: await guests(),
      most: given.calls ?? given.jobs ?? STEPS_AT_A_TIME,
      isInspected: given.inspectTools ?? false,
      redact: redactor.text,
    });
  }

  /** One of the tools of the plans that are run now. */
  get(id: string): Tool | undefined {
    return this.#toRun?.get(id);
  }

  /** Ends the processes of modules. */
  async close(): Promise<void> {
    await (await this.#hosts)?.end();
  }
}
