import { afterEach, expect } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import type { Model, ModelRequest } from '../../src/models/model.js';
import { createOpenAiModel, type OpenAiModelOptions } from '../../src/models/openai.js';
import { startFaultServer, type FaultServer, type Handler } from './fault-server.js';

export const KEY = 'sk-secret-key-ABCD';
export const REQUEST: ModelRequest = { messages: [{ role: 'user', text: 'hello' }] };
export const NEVER = new AbortController().signal;

/** A model that waits for nothing between its attempts, and the waits that were asked of it. */
export function modelFor(
  baseUrl: string,
  options: Partial<OpenAiModelOptions> = {},
): { model: Model; waits: number[] } {
  const waits: number[] = [];
  const model = createOpenAiModel({
    id: 'custom/m',
    modelName: 'm',
    baseUrl,
    apiKey: KEY,
    keyName: 'TEST_KEY',
    deadlineMs: 25_000,
    idleMs: 25_000,
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    ...options,
  });
  return { model, waits };
}

/** Models at servers that end with the test. */
export function useFaultServers() {
  const servers: FaultServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (handlers: [Handler, ...Handler[]], options: Partial<OpenAiModelOptions> = {}) => {
    const server = await startFaultServer(...handlers);
    servers.push(server);
    return { server, ...modelFor(server.baseUrl, options) };
  };
}

/** The error of a call that must fail: complete, and without the key. */
export async function failure(model: Model): Promise<PortiaError> {
  const error: unknown = await model.complete(REQUEST, { signal: NEVER }).catch((reason: unknown) => reason);
  if (!(error instanceof PortiaError)) throw new Error(`expected a PortiaError, got ${String(error)}`);
  const shown = JSON.stringify([error.message, error.details.why, error.details.fix]);
  expect(shown).not.toContain(KEY);
  expect(error.details.why).toBeTruthy();
  expect(error.details.fix).toBeTruthy();
  return error;
}
