import type { Json, JsonObject } from '../../src/domain/values/json.js';
import type { ToolResult, ToolContext, ToolEnvironment } from '../../src/tools/tool.js';

export interface ContextParts {
  projectRoot: string;
  allowedPaths?: string[];
  variables?: Record<string, string>;
  /** Those of the variables that come from `.env`. */
  dotenv?: string[];
  /** By tool id, then by name. */
  settings?: Record<string, Record<string, Json>>;
  facts?: JsonObject;
  signal?: AbortSignal;
  askModel?: ToolEnvironment['askModel'];
}

/** What a tool gets when it runs; asking a model that the test did not give fails. */
export function toolContext(parts: ContextParts): ToolContext {
  const { projectRoot, allowedPaths = [], variables = {}, dotenv = [], settings = {}, facts = {} } = parts;
  return {
    runId: null,
    stepPath: '0',
    endUserId: 'portia:default_user',
    endUser: { id: 'portia:default_user', additionalData: {} },
    setEndUserData: () => undefined,
    answers: [],
    idempotencyKey: 'key',
    facts,
    progress: () => undefined,
    signal: parts.signal ?? new AbortController().signal,
    environment: {
      projectRoot,
      allowedPaths,
      variable: (name) => variables[name],
      variableOrigin: (name) =>
        variables[name] === undefined ? undefined : dotenv.includes(name) ? 'dotenv' : 'shell',
      setting: (toolId, name) => settings[toolId]?.[name],
      mayReceiveKey: (key, address) =>
        'variable' in address && (!dotenv.includes(address.variable) || dotenv.includes(key)),
      askModel: parts.askModel ?? (() => Promise.reject(new Error('unexpected question to a model'))),
    },
  };
}

/** A result without what is recorded beside its value: which files were read. */
export async function withoutReads(running: Promise<ToolResult>): Promise<ToolResult> {
  const result = await running;
  if (result.kind !== 'output') return result;
  const { read: _read, ...rest } = result;
  return rest;
}
