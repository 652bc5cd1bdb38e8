import { PortiaError } from '../domain/errors.js';
import { callsIn, type RecordedModelCall } from '../domain/run/run-calls.js';
import type { Recorded } from '../domain/run/events.js';
import type { ModelExchange } from '../domain/run/model-exchange.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';

/** The calls of models in a run whose steps are wanted, in the order in which they began. */
export async function modelExchanges(
  store: Store,
  id: RunId,
  isWanted: (path: string) => boolean,
): Promise<ModelExchange[]> {
  const calls = callsIn(await store.readEvents(id));
  const wanted = calls.filter((call) => call.kind === 'model' && isWanted(call.path));
  const sent = new Map<string, Json>();
  for (const call of calls) {
    const { digest, value } = (call.kind === 'model' && call.started.request) || {};
    if (digest !== undefined && value !== undefined) sent.set(digest, value);
  }
  const exchanges: ModelExchange[] = [];
  for (const call of wanted) if (call.kind === 'model') exchanges.push(await readExchange(store, { id, sent }, call));
  return exchanges;
}

async function readExchange(
  store: Store,
  { id, sent }: { id: RunId; sent: ReadonlyMap<string, Json> },
  { path, started, ended }: RecordedModelCall,
): Promise<ModelExchange> {
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
    reply: isFinished ? await recall(store, id, ended.reply) : null,
    ...(isFinished && ended.reasoning !== undefined && { reasoning: ended.reasoning }),
    error: ended?.type === 'model.failed' ? ended.error : null,
  };
}

/** Null for what was lost, e.g. with the power. */
async function recall(store: Store, id: RunId, recorded: Recorded): Promise<Json> {
  if ('value' in recorded) return recorded.value;
  try {
    return await store.readMemory(id, recorded.memory.digest ?? '');
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return null;
    throw error;
  }
}
