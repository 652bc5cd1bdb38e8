import { PortiaError } from '../../domain/errors.js';
import { MOST_REQUEST_BYTES } from '../../domain/run/model-exchange.js';
import type { PlanningExchange } from '../../domain/run/planning-exchange.js';
import { toJson } from '../../domain/values/json.js';
import type { Model, ModelMessage, ModelRequest } from '../../models/model.js';
import type { completeStructured, StructuredOptions, StructuredReply } from '../../models/structured-reply.js';
import { startClock } from '../../timing/clock.js';
import type { PlanningServices } from './planning.js';

type Ended = Pick<PlanningExchange, 'reply' | 'reasoning' | 'usage' | 'error'>;

/** What the planning model is sent and says, to be kept with the plan. */
export class PlanningRecord {
  readonly exchanges: PlanningExchange[] = [];
  readonly #services: Pick<PlanningServices, 'settings' | 'redactor' | 'now'>;

  constructor(services: Pick<PlanningServices, 'settings' | 'redactor' | 'now'>) {
    this.#services = services;
  }

  /** Asks in the same way, and records what came of it, where that is to be recorded. */
  recording(ask: typeof completeStructured): typeof completeStructured {
    const { recordRequests, recordReasoning } = this.#services.settings;
    if (!recordRequests.value) return ask;
    return async (model, request, options) => {
      let turn: readonly ModelMessage[] = [];
      const add = this.#begin(model, request, options);
      const beforeRepair: StructuredOptions['beforeRepair'] = (_spent, repairTurn) => void (turn = repairTurn);
      let structured: StructuredReply;
      try {
        structured = await ask(model, request, { ...options, beforeRepair });
      } catch (error) {
        if (error instanceof PortiaError) add(failed(error), turn);
        throw error;
      }
      const { text, usage, reasoning } = structured.reply;
      const thought = recordReasoning.value && reasoning !== undefined ? { reasoning } : {};
      add({ reply: { text }, usage, ...thought, error: null }, turn);
      return structured;
    };
  }

  #begin({ id }: Model, { messages }: ModelRequest, { name, schema }: StructuredOptions) {
    const { redactor, now } = this.#services;
    const about = { attempt: this.exchanges.length + 1, model: id, started_at: now().toISOString() };
    const clock = startClock();
    return (ended: Ended, turn: readonly ModelMessage[]): void => {
      const hide = redactor().json;
      const sent = toJson(hide({ messages, responseFormat: { kind: 'json_schema', name, schema } }));
      const isKept = sent.ok && Buffer.byteLength(JSON.stringify(sent.value)) <= MOST_REQUEST_BYTES;
      const repair = toJson(hide(turn.map(({ role, text }) => ({ role, text }))));
      this.exchanges.push({
        ...about,
        ms: clock(),
        request: isKept ? sent.value : null,
        request_state: isKept ? 'kept' : 'not_kept',
        ...(turn.length > 0 && repair.ok && { repair: repair.value }),
        ...hide(ended),
      });
    };
  }
}

function failed({ code, message, details: { why, usage } }: PortiaError): Ended {
  return { reply: null, usage: usage ?? null, error: { code, message, ...(why !== undefined && { why }) } };
}
