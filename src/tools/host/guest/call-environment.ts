import type { Environment } from '../../../domain/environment.js';
import { textsOf, type Json } from '../../../domain/values/json.js';
import type { ToolEnvironment } from '../../tool.js';
import type { HostQuestion, HostSetup } from '../protocol.js';

/** Asks the process that owns the host; rejects with what it says. */
export type AskOwner = (question: HostQuestion, signal?: AbortSignal) => Promise<Json>;

/** The outside world as a tool in a host gets it: what is data was handed over, the rest is asked for. */
export function callEnvironment(setup: HostSetup, variables: Environment, ask: AskOwner): ToolEnvironment {
  const { projectRoot, storageRoot, allowedPaths, homeFolder, toolModules, settings, keyAddresses } = setup;
  return {
    projectRoot,
    storageRoot,
    allowedPaths,
    homeFolder,
    toolModules,
    async codeFiles() {
      return textsOf(await ask({ ask: 'code-files' }));
    },
    variable: (name) => variables[name],
    variableOrigin: (name) => (variables[name] === undefined ? undefined : (setup.variables[name]?.origin ?? 'shell')),
    setting: (toolId, name) => settings[toolId]?.[name],
    mayReceiveKey(key, { url, ...from }) {
      const known = keyAddresses[key]?.find(({ url: _url, ...other }) => sameSource(other, from));
      return known !== undefined && URL.canParse(url) && new URL(url).origin === new URL(known.url).origin;
    },
    async askModel({ system, text, images }, signal) {
      const reply = await ask({ ask: 'model', system, text, images }, signal);
      return typeof reply === 'string' ? reply : '';
    },
  };
}

type Source = { variable: string } | { toolId: string; setting: string };

function sameSource(one: Source, other: Source): boolean {
  if ('variable' in one) return 'variable' in other && one.variable === other.variable;
  return 'setting' in other && one.toolId === other.toolId && one.setting === other.setting;
}
