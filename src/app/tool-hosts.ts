import { dirname, join } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { textsOf, type JsonObject } from '../domain/values/json.js';
import { cutMessage } from '../domain/values/thrown.js';
import { guestEnvironment } from '../processes/guest-environment.js';
import type { Guests } from '../processes/guests.js';
import type { HostSetup } from '../tools/host/protocol.js';
import { startHost } from '../tools/host/start-host.js';
import { ToolHosts, type HostNeeds } from '../tools/host/tool-hosts.js';
import { GIVEN_MODULES } from '../tools/module-files.js';
import type { KeyAddress, ToolEnvironment } from '../tools/tool.js';
import type { Settings } from '../config/settings.js';
import { builtLibrary } from './built-package.js';
import type { ProcessFacts } from './this-process.js';

export interface ToolHostsParts {
  process: Pick<ProcessFacts, 'node'>;
  environment: Environment;
  /** Names of variables that only the project's `.env` gives. */
  dotenvNames: Iterable<string>;
  settings: Settings;
  toolEnvironment: ToolEnvironment;
  guests: Guests;
  /** Calls that may be made at a time. */
  most: number;
  isInspected: boolean;
  /** What modules write. */
  print(text: string): Promise<void>;
  redact(text: string): string;
  warn(message: string): void;
}

/** The processes in which the project's own modules work; each is started when it is needed. */
export function createToolHosts(parts: ToolHostsParts): ToolHosts {
  const { settings, toolEnvironment, most, isInspected } = parts;
  const restricting = settings.tools.sandbox === undefined ? [] : findRestriction(parts);
  const read = new Set<string>();
  return new ToolHosts({
    start: async (needs) => {
      const setup = setupOf(parts, needs);
      const named = Object.entries(setup.variables).map(([name, { value }]) => ({ name, value }));
      return startHost({
        ...parts,
        program: join(dirname(builtLibrary()), '../bin/tool-host.js'),
        node: parts.process.node.path,
        environment: guestEnvironment(parts.environment, named),
        setup,
        inspected: isInspected,
        ...(restricting.length > 0 && {
          permission: { options: restricting, allow: needs.allow, code: [join(dirname(builtLibrary()), '..')] },
        }),
        onLateFault({ text, tool }) {
          const [who, when] = tool === undefined ? ['A tool module', ''] : [tool, ', after its call was over'];
          parts.warn(`${who} threw an error that nothing caught${when}: ${cutMessage(text)}`);
        },
        onRead(name) {
          if (read.has(name)) return;
          read.add(name);
          parts.warn(notGiven(name));
        },
      });
    },
    most: isInspected ? 1 : Math.min(settings.tools.hosts?.value ?? most, most),
    projectRoot: toolEnvironment.projectRoot,
    given: GIVEN_MODULES,
    hasVariable: (name) => toolEnvironment.variable(name) !== undefined,
    isInspected,
  });
}

function setupOf(parts: ToolHostsParts, { env }: HostNeeds): HostSetup {
  const { toolEnvironment, settings, environment, dotenvNames } = parts;
  const { projectRoot, storageRoot, allowedPaths, homeFolder, toolModules = [] } = toolEnvironment;
  const variables = givenVariables(toolEnvironment, [...env, ...namedInSettings(settings)]);
  const given = guestEnvironment(environment, []);
  const all = new Set([...Object.keys(environment), ...dotenvNames]);
  return {
    projectRoot,
    storageRoot,
    allowedPaths,
    homeFolder,
    toolModules: [...toolModules],
    aliases: { portia: builtLibrary(), zod: join(dirname(builtLibrary()), 'zod.cjs') },
    variables,
    withheld: [...all].filter((name) => !Object.hasOwn(given, name) && !Object.hasOwn(variables, name)),
    settings: Object.fromEntries([...settings.tools.settings].map(([id, values]) => [id, valuesOf(values)])),
    keyAddresses: keyAddresses(parts, Object.keys(variables)),
  };
}

function valuesOf(
  settings: Settings['tools']['settings'] extends Map<string, infer Values> ? Values : never,
): JsonObject {
  return Object.fromEntries([...settings].map(([name, { value }]) => [name, value]));
}

function givenVariables(environment: ToolEnvironment, names: readonly string[]): HostSetup['variables'] {
  const found = names.flatMap((name) => {
    const value = environment.variable(name);
    return value === undefined ? [] : [[name, { value, origin: environment.variableOrigin(name) }] as const];
  });
  return Object.fromEntries(found);
}

/** Variables that settings name: `"settings": {"my_tool": {"env": ["DEPLOY_TOKEN"]}}`. */
export function namedInSettings({ tools }: Settings): string[] {
  return [...tools.settings.values()].flatMap((values) => textsOf(values.get('env')?.value));
}

/** Where each key may go, of the addresses that variables and settings give. */
function keyAddresses(
  { toolEnvironment, settings }: ToolHostsParts,
  names: readonly string[],
): Record<string, KeyAddress[]> {
  const ofVariables = names.flatMap((variable): KeyAddress[] => {
    const url = toolEnvironment.variable(variable);
    return url !== undefined && URL.canParse(url) ? [{ url, variable }] : [];
  });
  const ofSettings = [...settings.tools.settings].flatMap(([toolId, values]) =>
    [...values].flatMap(([setting, { value: url }]): KeyAddress[] =>
      typeof url === 'string' && URL.canParse(url) ? [{ url, toolId, setting }] : [],
    ),
  );
  const addresses = [...ofVariables, ...ofSettings];
  const mayGo = (key: string) => addresses.filter((address) => toolEnvironment.mayReceiveKey(key, address));
  return Object.fromEntries(names.map((key) => [key, mayGo(key)]));
}

/** The options by which Node restricts a process, but not its network; none where Node cannot. */
function findRestriction({ process: { node }, isInspected, warn }: ToolHostsParts): string[] {
  const [major = 0] = node.version.split('.').map(Number);
  if (major < 22) {
    warn(`"sandbox": "permission" needs Node 22, and this is ${node.version}: tool modules are not restricted.`);
    return [];
  }
  if (isInspected && !node.hasOption('--allow-inspector')) {
    warn(`No debugger can look into tool modules with "sandbox": "permission" on Node ${node.version}.`);
  }
  return [
    node.hasOption('--permission') ? '--permission' : '--experimental-permission',
    ...(node.hasOption('--allow-net') ? ['--allow-net'] : []),
    ...(isInspected && node.hasOption('--allow-inspector') ? ['--allow-inspector'] : []),
  ];
}

function notGiven(name: string): string {
  return (
    `A tool module reads the variable ${name}, which it is not given. ` +
    `To give it: env: ['${name}'] in defineTool, or "tools": {"settings": {"TOOL": {"env": ["${name}"]}}} in portia.json.`
  );
}
