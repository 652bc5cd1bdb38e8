import type { Json } from '../../src/domain/values/json.js';
import { BrokenReply, type Model, type ModelReply, type ModelRequest } from '../../src/models/model.js';

export type Reply =
  | { text: string }
  | { json: Json }
  /** Calls of functions: name and arguments. */
  | { calls: [string, Json][] }
  | { error: Error }
  /** A reply that is broken, with the reason. */
  | { broken: string }
  /** Never answers; rejects when its signal is aborted, unless it is deaf. */
  | { hangs: 'until aborted' | 'deaf' };

export interface ScriptedModel extends Model {
  readonly requests: ModelRequest[];
  readonly left: Reply[];
}

export const USAGE = { calls: 1, input_tokens: 10, output_tokens: 5 };

/** A model that gives these replies in this order; a request too many breaks the run as a bug would. */
export function scriptedModel(replies: Reply[], onRequest: () => void = () => {}): ScriptedModel {
  const left = [...replies];
  const requests: ModelRequest[] = [];
  return {
    id: 'scripted/model',
    requests,
    left,
    async complete(request, { signal }) {
      requests.push(structuredClone(request));
      const reply = left.shift();
      if (reply === undefined) throw new Error(`unexpected request: ${JSON.stringify(request.messages)}`);
      onRequest();
      return answer(reply, signal);
    },
  };
}

async function answer(reply: Reply, signal: AbortSignal): Promise<ModelReply> {
  if ('error' in reply) throw reply.error;
  if ('broken' in reply) throw new BrokenReply('The reply cannot be used.', { why: reply.broken, usage: USAGE });
  if ('text' in reply) return { text: reply.text, toolCalls: [], usage: USAGE };
  if ('json' in reply) return { text: JSON.stringify(reply.json), toolCalls: [], usage: USAGE };
  if ('calls' in reply) {
    const toolCalls = reply.calls.map(([name, args], index) => ({
      id: `call-${index}`,
      name,
      arguments: JSON.stringify(args),
    }));
    return { text: '', toolCalls, usage: USAGE };
  }
  return new Promise((_resolve, reject) => {
    if (reply.hangs === 'until aborted') signal.addEventListener('abort', () => reject(signal.reason));
  });
}
