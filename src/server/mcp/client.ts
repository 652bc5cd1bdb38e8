import {
  CLIENT_CAPABILITIES_META_KEY,
  specTypeSchemas,
  type ClientCapabilities,
  type ServerContext,
} from '@modelcontextprotocol/server';

import type { Elicitation, ElicitationModes } from '../../clarifications/elicitation.js';
import { isJsonObject } from '../../domain/values/json.js';

/** The extension of the protocol for tasks. */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** What a client can do. */
export interface Client {
  modes: ElicitationModes;
  /** Whether it asks for the result of a call itself, later. */
  takesTasks: boolean;
  /**
   * Asks the person while a call is open, as older revisions do. Undefined where the call itself ends with the questions.
   * Gives undefined when the client did not answer.
   */
  elicit: ((elicitation: Elicitation) => Promise<unknown>) | undefined;
}

/** The client of a request. `connected` is what it declared when it connected, in older revisions. */
export function clientOf(ctx: ServerContext, connected: ClientCapabilities | undefined): Client {
  const { envelope } = ctx.mcpReq;
  if (envelope === undefined) {
    return { modes: modesOf(connected), takesTasks: false, elicit: async (params) => elicit(params, ctx) };
  }
  const declared: unknown = isJsonObject(envelope) ? envelope[CLIENT_CAPABILITIES_META_KEY] : undefined;
  const read = specTypeSchemas.ClientCapabilities['~standard'].validate(declared);
  const capabilities = read.issues === undefined ? read.value : undefined;
  const takesTasks = capabilities?.extensions?.[TASKS] !== undefined;
  return { modes: modesOf(capabilities), takesTasks, elicit: undefined };
}

/** Without modes, forms are meant. */
function modesOf(declared: ClientCapabilities | undefined): ElicitationModes {
  const elicitation = declared?.elicitation;
  if (elicitation === undefined) return { form: false, url: false };
  const { form, url } = elicitation;
  return { form: form !== undefined || url === undefined, url: url !== undefined };
}

/** How long a person may think before the run is left waiting, which loses nothing. */
const PATIENCE_MS = 10 * 60_000;

async function elicit(elicitation: Elicitation, { mcpReq }: ServerContext): Promise<unknown> {
  // Older revisions tell addresses apart by an id of their own.
  const params =
    elicitation.mode === 'url' ? { ...elicitation, elicitationId: globalThis.crypto.randomUUID() } : elicitation;
  try {
    const request = { method: 'elicitation/create' as const, params: params as never };
    return await mcpReq.send(request, { signal: mcpReq.signal, timeout: PATIENCE_MS });
  } catch {
    // A client that cannot ask, or gave up, has not answered: the run waits as before.
    return undefined;
  }
}
