import { resolve } from 'node:path';

import type { ProcessFacts } from './this-process.js';
import { closeAll } from './close-all.js';
import type { GivenToServices } from './given-to-services.js';
import type { Embeddings } from './embeddings.js';
import type { LikedPlans } from './liked-plans.js';
import type { PlansMade } from './plans-made.js';
import { createModels, type Models } from './models.js';
import { createRedactor } from './redactor.js';
import { openProject, type OpenedProject } from './open-project.js';
import { openExecutor, openHooks, openTraces } from './open-executor.js';
import type { SignIns, SignInsParts } from './sign-ins.js';
import { createSigning, type UserSigning } from './signing/signing.js';
import { Toolbox, toolsIn, type ToolAccess, type ToolboxParts } from './toolbox.js';
import type { ProjectTrust } from './trust/project-trust.js';
import { choosePlanner } from '../config/model-choice.js';
import { homeFolder } from '../config/settings-file.js';
import type { Settings } from '../config/settings.js';
import { mayReceiveKey, ownerOf } from '../config/key-rule.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import { findProjectRoot } from '../config/project.js';
import type { LiveRedactor } from '../domain/values/redaction.js';
import type { FindVariable } from '../config/variables.js';
import type { Environment } from '../domain/environment.js';
import type { NewId, Now } from '../domain/values/ids.js';
import { createSecrets, type Secrets } from '../executor/held-secrets.js';
import type { Run } from '../domain/run/run.js';
import type { AlwaysAllowed } from '../domain/values/policies.js';
import type { HookPort } from '../hooks/hook-port.js';
import type { ExecutorServices } from '../executor/services.js';
import type { Model } from '../models/model.js';
import { printerOf, toolPrograms } from './tool-programs.js';
import { takesNoImages } from './image-loader.js';
import { newestTimeIn } from '../storage/file-store.js';
import { createNewId } from '../storage/new-id.js';
import { hasNotices } from '../storage/notices.js';
import type { Store } from '../storage/store.js';
import type { CommandParts } from '../tools/programs/run-command.js';
import type { CallPolicy } from '../tools/tool-policy.js';
import type { BrowserPort } from '../tools/browser-port.js';
import type { ToolEnvironment } from '../tools/tool.js';
import type { Notifier } from './notifier.js';
import { openStore, type OpenStore } from './open-store.js';
import { keyWarnings } from './unencrypted-keys.js';

export interface ServicesOptions {
  place: {
    /** Absolute folder from which the project is looked for. */
    cwd: string;
    environment: Environment;
  };
  process: Omit<ProcessFacts, 'environment'>;
  given: GivenToServices;
  tell?: TellPerson;
}

/** What a person should know while the services work. */
export interface TellPerson {
  /** Once, when plans/ and runs/ are made. */
  foldersCreated?(folders: string[]): void;
  retry?(message: string): void;
  warning?(message: string): void;
  /** What programs and modules of others print, with every character that acts made visible. Resolves when more may come. */
  printed?(text: string): Promise<void>;
}

/** What commands work with. Everything heavy is made when it is first asked for. */
export interface Services extends ToolAccess, OpenStore {
  cwd: string;
  projectRoot: string;
  projectFile: string | undefined;
  settings: Settings;
  variables: FindVariable;
  /** What the user trusts of the project. */
  trust: ProjectTrust;
  /** The project with all that it says. */
  opened: OpenedProject;
  /** What a person should know of the settings. */
  warnings: string[];
  /** Keys that go over the network unencrypted. */
  keyWarnings(): string[];
  /** The keys of this user, and of those whom the user named. */
  signing: UserSigning;
  newId: NewId;
  now: Now;
  toolEnvironment: ToolEnvironment;
  /** What the settings say about calls of tools. */
  policy(): Promise<CallPolicy>;
  /** The tools that the user always allows in this project. */
  alwaysAllowed(): Promise<AlwaysAllowed>;
  /** The plans that the user liked in this project. */
  likedPlans(): Promise<LikedPlans>;
  /** Those that the user made or approved in it, by their requests. */
  plansMade(): Promise<PlansMade>;
  /** Says how near requests are; undefined when no model is set for that. Rejects with why it cannot be asked. */
  embeddings(): Promise<Embeddings | undefined>;
  /** Rules among them that can never be judged. */
  ruleProblems(): Promise<string[]>;
  modelChoice: Models['modelChoice'];
  modelId(role: ModelRole, name?: string): string | undefined;
  /** Those of a program, or of the project. Rejects with `invalid-settings` for those that cannot be used. */
  hooks(): Promise<HookPort | undefined>;
  planner(): 'model' | 'offline';
  model(role: ModelRole, name?: string): Promise<Model>;
  fallback: Models['fallback'];
  withKey: Models['withKey'];
  fallbackChoices: Models['fallbackChoices'];
  executor(): Promise<ExecutorServices>;
  /** Tells people of runs; undefined when the settings name nobody. */
  notifier(): Promise<Notifier | undefined>;
  /** Takes keys out of what is printed or stored. */
  redactor(): LiveRedactor;
  /** Secrets that persons gave to this process. */
  secrets: Secrets;
  /** Where this user is signed in. */
  signIns(): Promise<SignIns>;
  /** Ends the processes of others that were started. */
  close(): Promise<void>;
}

const now: Now = () => new Date();

/** The composition root: the one place where ports meet their adapters. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const { place, given, tell = {} } = options;
  const { pid, userId, kill } = options.process;
  const guests = lazily(async () => createGuests(kill));
  const { cwd, environment } = place;
  const projectRoot = findProjectRoot(cwd);
  const opened = await openProject(projectRoot, { ...place, ...given, userId });
  const { project, trust, settings, variables } = opened;
  const newId = createNewId(newestTimeIn(settings.storageDir.value, now));
  const signing = createSigning({ shell: environment, warn: (message) => tell.warning?.(message) });
  const kept = await openStore(settings, { environment, pid, signing, onCreated: tell.foldersCreated });
  const models = createModels(opened, { ...place, ...given, ...kept, projectRoot, guests, onRetry: tell.retry });
  const redactor = createRedactor({ variables, settings }, models);
  const secrets = createSecrets(redactor.hide);
  const code = codeOf(opened, projectRoot);
  const parts = { environment, settings, variables, projectRoot, trust, code, redactor, secrets, models, newId };
  const ofTools = { isInspected: given.inspectTools, ...toolPrograms(options, { ...parts, guests }) };
  const toolEnvironment = createToolEnvironment(environment, { ...parts, ...ofTools });
  const toolbox = openToolbox(options, { opened, toolEnvironment, redactor, now, guests });
  const hooks = lazily(async () => openHooks(given, toolbox));
  const traces = lazily(async () => openTraces(environment, { ...given, warn: tell.warning }));
  const rules = rulesOfCalls(options, { settings, projectRoot });
  const notifier = lazily(async () => openNotifier(options, { ...parts, ...kept, toolEnvironment, guests }));
  return {
    cwd,
    projectRoot,
    projectFile: project.file,
    settings,
    variables,
    trust,
    opened,
    warnings: project.warnings,
    keyWarnings: () => keyWarnings(models, settings, toolEnvironment),
    ...kept,
    signing,
    newId,
    now,
    toolEnvironment,
    ...toolsIn(toolbox),
    ...rules,
    hooks,
    ...listsOfPlans(options, { projectRoot, store: given.ownStore ?? kept.store, models }),
    ...models,
    planner: () => (given.ownModel ? 'model' : choosePlanner(opened.whole.settings, models.modelChoice('planning'))),
    redactor: () => redactor,
    secrets,
    signIns: lazily(async () => openSignIns({ shell: environment, redactor, pid, variable: toolEnvironment.variable })),
    notifier,
    close: async () =>
      closeAll({ told: [notifier.begun(), traces.begun()], toolbox, guests: guests.begun(), database: kept.database }),
    executor: lazily(async () => {
      signing.prepare();
      const onStopped = async (run: Run) => (await notifier())?.stopped(run);
      const ofRuns = { toolEnvironment, toolbox, rules, hooks, onStopped, traces: await traces() };
      return openExecutor({ ...options.process, ...given }, { ...parts, ...ofRuns });
    }),
  };
}

/** What the settings say about calls. A person is told of rules that can never be judged before the first is used. */
function rulesOfCalls(
  { place, process, tell }: ServicesOptions,
  { settings, projectRoot }: Pick<Services, 'settings' | 'projectRoot'>,
): Pick<Services, 'policy' | 'ruleProblems' | 'alwaysAllowed'> {
  const ruleProblems = lazily(async () => {
    const { ruleProblems: find } = await import('./rule-problems.js');
    return find(settings, process.machinePolicy);
  });
  const policy = lazily(async () => {
    for (const problem of await ruleProblems()) tell?.warning?.(problem);
    const { createCallPolicy } = await import('./run-services.js');
    return createCallPolicy(settings, { ...process, now });
  });
  const alwaysAllowed = lazily(async () => {
    const { openAlwaysAllowed } = await import('./trust/always-allowed.js');
    return openAlwaysAllowed(projectRoot, place.environment, now);
  });
  return { policy, ruleProblems, alwaysAllowed };
}

/** What the user keeps about the plans of the project, and what compares them. */
function listsOfPlans(
  { place: { environment }, tell }: ServicesOptions,
  { projectRoot, store, models }: Pick<Services, 'projectRoot'> & { store: Store; models: Models },
): Pick<Services, 'likedPlans' | 'plansMade' | 'embeddings'> {
  return {
    async embeddings() {
      const choice = models.embeddingsChoice();
      if (choice === undefined) return undefined;
      return (await import('./embeddings.js')).openEmbeddings(await models.withKey(choice), environment);
    },
    likedPlans: lazily(async () => {
      const { openLikedPlans } = await import('./liked-plans.js');
      return openLikedPlans(projectRoot, environment, now);
    }),
    plansMade: lazily(async () => {
      const { openPlansMade } = await import('./plans-made.js');
      return openPlansMade(projectRoot, { shell: environment, store, now, warn: (text) => tell?.warning?.(text) });
    }),
  };
}

function openToolbox(
  { place, given, process, tell }: ServicesOptions,
  parts: Pick<ToolboxParts, 'opened' | 'toolEnvironment' | 'redactor' | 'now' | 'guests'>,
): Toolbox {
  return new Toolbox({
    ...parts,
    given,
    process,
    shell: place.environment,
    print: printerOf(process, tell),
    warn: (message) => tell?.warning?.(message),
  });
}

/** A rehearsal tells nobody. */
async function openNotifier(
  { place, given, tell }: ServicesOptions,
  parts: Omit<ConstructorParameters<typeof Notifier>[0], 'shell' | 'warn'>,
): Promise<Notifier | undefined> {
  const store = given.ownStore ?? parts.store;
  if (parts.settings.notify.size === 0 || given.dryRun || !hasNotices(store)) return undefined;
  const { Notifier } = await import('./notifier.js');
  return new Notifier({ ...parts, store, shell: place.environment, warn: (message) => tell?.warning?.(message) });
}

async function openSignIns(parts: SignInsParts) {
  const { SignIns } = await import('./sign-ins.js');
  return new SignIns(parts);
}

async function createGuests(kill: ProcessFacts['kill']) {
  const { Guests } = await import('../processes/guests.js');
  return new Guests(kill);
}

type CodeParts = Pick<ToolEnvironment, 'toolModules' | 'codeFiles'>;

function codeOf({ trust, whole }: OpenedProject, projectRoot: string): CodeParts {
  return {
    // Also those that are left out now: what is written today may be trusted tomorrow.
    toolModules: whole.settings.tools.modules.map(({ value }) => value),
    async codeFiles() {
      const { filesOfItems } = await import('./trust/trusted-content.js');
      return filesOfItems(trust.items, projectRoot);
    },
  };
}

interface ToolParts {
  isInspected: boolean | undefined;
  settings: Settings;
  variables: FindVariable;
  projectRoot: string;
  trust: ProjectTrust;
}

function createToolEnvironment(
  environment: Environment,
  parts: ToolParts & {
    code: CodeParts;
    redactor: LiveRedactor;
    models: Models;
    commands(): Promise<CommandParts>;
    browser: BrowserPort;
  },
): ToolEnvironment {
  const { isInspected, settings, variables, projectRoot, trust, code, redactor, models, commands, browser } = parts;
  return {
    isInspected,
    projectRoot,
    storageRoot: settings.storageDir.value,
    allowedPaths: settings.allowPaths.map(({ value }) => value),
    homeFolder: homeFolder(environment),
    ...code,
    variable(name) {
      const value = variables(name)?.value;
      // Whatever it is called, only the tool knows what it is for.
      if (value !== undefined && !OPEN_VARIABLES.has(name)) redactor.add({ name, value });
      return value;
    },
    variableOrigin: (name) => variables(name)?.origin,
    setting: (toolId, name) => settings.tools.settings.get(toolId)?.get(name)?.value,
    settingOrigin: (toolId, name) => settings.tools.settings.get(toolId)?.get(name)?.origin,
    mayReceiveKey(key, { url, ...from }) {
      const given =
        'variable' in from ? variables(from.variable) : settings.tools.settings.get(from.toolId)?.get(from.setting);
      if (given === undefined) return false;
      const owner = ownerOf(variables(key)?.origin);
      const source = { value: url, origin: given.origin, source: '' };
      return mayReceiveKey(source, { owner, namedBy: 'convention' }, trust.keyOrigins);
    },
    async askModel(prompt, signal, onUsage) {
      const text = redactor.text(prompt.text);
      const system = prompt.system === undefined ? undefined : redactor.text(prompt.system);
      const messages = [{ role: 'user' as const, text, images: prompt.images }];
      const asked = await models.model('execution');
      if (asked.takesImages === false && (prompt.images ?? []).length > 0) throw takesNoImages(asked.id);
      const reply = await asked.complete(
        { messages: system === undefined ? messages : [{ role: 'system', text: system }, ...messages] },
        { signal },
      );
      onUsage?.(reply.usage);
      return reply.text;
    },
    browser,
    async runCommand(command, context) {
      const { runCommand } = await import('../tools/programs/run-command.js');
      return runCommand(command, context, await commands());
    },
  };
}

/** Variables that portia's own tools ask for and that protect nothing. */
const OPEN_VARIABLES: ReadonlySet<string> = new Set(['TAVILY_BASE_URL', 'SQLITE_DB_PATH']);

/** Made when it is first asked for; `begun` is it if that was done. */
type Lazy<Value> = (() => Promise<Value>) & { begun(): Promise<Value> | undefined };

function lazily<Value>(make: () => Promise<Value>): Lazy<Value> {
  let made: Promise<Value> | undefined;
  return Object.assign(async () => (made ??= make()), { begun: () => made });
}

/** A path from the command line as an absolute one. */
export function fromCwd(services: Pick<Services, 'cwd'>, path: string): string {
  return resolve(services.cwd, path);
}
