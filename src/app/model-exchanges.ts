import { callsIn, type RecordedModelCall, type RecordedToolCall } from '../domain/run/run-calls.js';
import type { ModelExchange } from '../domain/run/model-exchange.js';
import { toolModelCallsSchema } from '../domain/run/tool-model-calls.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';
import { recall } from './recall.js';

/** The calls of models in a run whose steps are wanted, in the order in which they began. */
export async function modelExchanges(
  store: Store,
  id: RunId,
  isWanted: (path: string) => boolean,
): Promise<ModelExchange[]> {
  const calls = callsIn(await store.readEvents(id));
  const sent = new Map<string, Json>();
  for (const call of calls) {
    const { digest, value } = (call.kind === 'model' && call.started.request) || {};
    if (digest !== undefined && value !== undefined) sent.set(digest, value);
  }
  const exchanges: ModelExchange[] = [];
  for (const call of calls.filter(({ path }) => isWanted(path))) {
    if (call.kind === 'model') exchanges.push(await readExchange(store, { id, sent }, call));
    if (call.kind === 'tool') exchanges.push(...(await exchangesOfTool(store, id, call)));
  }
  return exchanges;
}

/** The calls that a tool made by itself, where they are kept. */
async function exchangesOfTool(
  store: Store,
  id: RunId,
  { path, started, startedAt, ended }: RecordedToolCall,
): Promise<ModelExchange[]> {
  const kept = ended?.model_calls;
  if (kept === undefined) return [];
  const made = kept.value ?? (await recall(store, id, { memory: kept }));
  if (made === null) return [];
  return toolModelCallsSchema.parse(made).map(({ after_ms: after, ...call }) => ({
    path,
    role: 'execution',
    tool_id: started.tool_id,
    started_at: new Date(Date.parse(startedAt) + after).toISOString(),
    request_state: call.request === null ? 'not_kept' : 'kept',
    error: null,
    ...call,
  }));
}

async function readExchange(
  store: Store,
  { id, sent }: { id: RunId; sent: ReadonlyMap<string, Json> },
  { path, started, ended }: RecordedModelCall,
): Promise<ModelExchange> {
  const repair = ended?.repair;
  const isFinished = ended?.type === 'model.finished';
  const kept = started.request;
  const request = kept && (sent.get(kept.digest) ?? (await recall(store, id, { memory: kept })));
  return {
    path,
    role: started.role,
    ...(started.purpose && { purpose: started.purpose }),
    model: started.model,
    started_at: started.ts,
    ms: ended?.ms ?? null,
    usage: ended?.usage ?? null,
    request: request ?? null,
    request_state: request === undefined ? 'not_kept' : request === null ? 'lost' : 'kept',
    ...(repair && { repair: repair.value ?? (await recall(store, id, { memory: repair })) }),
    reply: isFinished ? await recall(store, id, ended.reply) : null,
    ...(isFinished && ended.reasoning !== undefined && { reasoning: ended.reasoning }),
    error: ended?.type === 'model.failed' ? ended.error : null,
  };
}
