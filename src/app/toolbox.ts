import type { LiveRedactor } from '../domain/values/redaction.js';
import type { Environment } from '../domain/environment.js';
import type { Now } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { Guests } from '../processes/guests.js';
import type { ToolHosts } from '../tools/host/tool-hosts.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Tool, ToolEnvironment } from '../tools/tool.js';
import type { GivenToServices } from './given-to-services.js';
import type { OpenedProject } from './open-project.js';
import { STEPS_AT_A_TIME } from './run-limits.js';
import type { ProcessFacts } from './this-process.js';

export interface ToolboxParts {
  given: GivenToServices;
  process: Pick<ProcessFacts, 'cpuTime' | 'node'>;
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

/** The tools that there are here. The project's modules are loaded, in processes of their own, when something needs them. */
export class Toolbox {
  readonly #parts: ToolboxParts;
  #withoutModules: Promise<ToolRegistry> | undefined;
  #all: Promise<ToolRegistry> | undefined;
  #loaded: ToolRegistry | undefined;
  #hosts: ToolHosts | undefined;

  constructor(parts: ToolboxParts) {
    this.#parts = parts;
  }

  /** All tools; with plans, at least those that the plans call. */
  async tools(plans?: readonly Plan[]): Promise<ToolRegistry> {
    if (plans === undefined || this.#all !== undefined || !this.#mayDoWithout()) return this.#everything();
    this.#withoutModules ??= this.#load(undefined);
    const some = await this.#withoutModules;
    const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
    if (called.some((id) => some.get(id) === undefined)) return this.#everything();
    this.#loaded = some;
    return some;
  }

  /** A stub keeps what its tool says of itself, so that must be known. */
  #mayDoWithout(): boolean {
    const { opened, given } = this.#parts;
    return opened.settings.tools.modules.length > 0 && (given.stubs?.size ?? 0) === 0;
  }

  async #everything(): Promise<ToolRegistry> {
    this.#all ??= this.#openHosts().then((hosts) => this.#load(hosts));
    this.#loaded = await this.#all;
    return this.#loaded;
  }

  async #load(hosts: ToolHosts | undefined): Promise<ToolRegistry> {
    const { opened, given, guests, shell, redactor, process, now, print, warn, toolEnvironment } = this.#parts;
    const { refuseOthers, settings, trust } = opened;
    const { cpuTime } = process;
    const { projectRoot } = toolEnvironment;
    const outside = { refuseOthers, guests, now, shell, redact: redactor.text, cpuTime, print, warn };
    const { loadTools } = await import('./run-services.js');
    const isWhole = trust.isTrusted && (hosts !== undefined || settings.tools.modules.length === 0);
    return loadTools({ ...given, ...outside, isWhole }, settings, { projectRoot, hosts });
  }

  async #openHosts(): Promise<ToolHosts | undefined> {
    const { opened, given, guests, redactor, shell, ...parts } = this.#parts;
    const { settings, trust } = opened;
    if (settings.tools.modules.length === 0) return undefined;
    const { createToolHosts } = await import('./tool-hosts.js');
    this.#hosts = createToolHosts({
      ...parts,
      settings,
      environment: shell,
      dotenvNames: [...trust.files.dotenv.keys()],
      guests: await guests(),
      most: given.calls ?? given.jobs ?? STEPS_AT_A_TIME,
      isInspected: given.inspectTools ?? false,
      redact: redactor.text,
    });
    return this.#hosts;
  }

  /** One of the tools that are loaded now. */
  get(id: string): Tool | undefined {
    return this.#loaded?.get(id);
  }

  /** Ends the processes of modules. */
  async close(): Promise<void> {
    await this.#hosts?.end();
  }
}
