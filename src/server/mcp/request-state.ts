import { createRequestStateCodec, type RequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';

import { digestValue } from '../../domain/values/digest.js';
import { isRunId, type RunId } from '../../domain/values/ids.js';
import { isJsonObject, toJson } from '../../domain/values/json.js';

/** Makes what a client brings back with its answers: which run they are for. */
export type SealState = (run: RunId) => Promise<string>;

/** How long a person may take to answer by the form of a client, in seconds; the command line has no such limit. */
const LIFETIME_S = 30 * 24 * 60 * 60;

/** Seals the run of a call, so that only the same call can bring it back. */
export function createRequestState(key: () => string) {
  let made: RequestStateCodec<{ run: RunId; call: string }> | undefined;
  const codec = () => (made ??= createRequestStateCodec({ key: key(), ttlSeconds: LIFETIME_S }));
  return {
    async seal(run: RunId, call: object): Promise<string> {
      return codec().mint({ run, call: digestOf(call) });
    },
    /** What is sealed, once it is certain that it was sealed here. Rejects for anything else. */
    verify: async (state: string, ctx: ServerContext): Promise<unknown> => codec().verify(state, ctx),
    /** The run that belongs to this call; undefined when it is another call's. */
    runOf(opened: unknown, call: object): RunId | undefined {
      if (!isJsonObject(opened) || opened['call'] !== digestOf(call)) return undefined;
      return isRunId(opened['run']) ? opened['run'] : undefined;
    },
  };
}

function digestOf(call: object): string {
  const json = toJson(call);
  return json.ok ? digestValue(json.value) : '';
}
