import { assertNever, PortiaError } from '../domain/errors.js';
import { digestValue } from '../domain/values/digest.js';
import type { JsonSchema } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import type { ObjectRoot } from '../domain/values/object-root.js';
import {
  FormatRejected,
  type CompleteOptions,
  type Model,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
} from './model.js';
import { withInstruction } from './protocols/message-order.js';
import { schemaPrompt } from './schema-prompt.js';
import { unusable } from './unusable-reply.js';

/** Ways to ask for JSON, the strictest first. */
const RUNGS = ['json_schema', 'json_object', 'text'] as const;
type Rung = (typeof RUNGS)[number];

/** What was learned of how an endpoint takes one schema. */
export interface Ladder {
  /** The strictest rung that the endpoint has not rejected for it. */
  rung: number;
  /** The endpoint takes the schema and does not keep to it: the model must be told in words. */
  ignoresSchema: boolean;
}

// What was learned lasts as long as the object that stands for the endpoint. One schema that is refused says nothing of
// the others.
const ladders = new WeakMap<Model, Map<string, Ladder>>();

export function ladderOf(model: Model, schema: JsonSchema): Ladder {
  const ofModel = ladders.get(model) ?? new Map<string, Ladder>();
  ladders.set(model, ofModel);
  const shape = digestValue(schema);
  const ladder = ofModel.get(shape) ?? { rung: 0, ignoresSchema: false };
  ofModel.set(shape, ladder);
  return ladder;
}

/** Whether the schema is asked for with its object root. */
export function asksForRoot({ rung }: Ladder): boolean {
  return RUNGS[rung] !== 'text';
}

/** Notes that a reply did not fit, although the endpoint was given the schema. */
export function noteMisfit(ladder: Ladder): void {
  if (RUNGS[ladder.rung] === 'json_schema') ladder.ignoresSchema = true;
}

export interface AskingOptions {
  ladder: Ladder;
  name: string;
  /** As somebody wrote it, and as endpoints take it. */
  schema: JsonSchema;
  root: ObjectRoot;
  /** What surrounds the schema where it is told in words. */
  marks: Marks;
  signal: AbortSignal;
  timeoutMs?: number | undefined;
  job?: string | undefined;
  onText?: CompleteOptions['onText'];
}

/** A reply by the strictest rung that the endpoint takes for the schema. */
export async function askDownwards(model: Model, request: ModelRequest, options: AskingOptions): Promise<ModelReply> {
  const { ladder, signal, timeoutMs, job, onText } = options;
  const first = ladder.rung;
  for (;;) {
    const rung = RUNGS[ladder.rung] ?? 'text';
    try {
      return await model.complete(requestAt(rung, request, options), { signal, timeoutMs, job, onText });
    } catch (error) {
      if (!(error instanceof FormatRejected)) {
        // Refused without a format, too: that was not the reason.
        if (error instanceof PortiaError && error.code === 'invalid-settings') ladder.rung = first;
        throw error;
      }
      // A request without a format cannot be refused for it.
      if (rung === 'text') throw unusable(model.id, error.message, { cause: error });
      // Another call may have climbed down in the meantime.
      ladder.rung = Math.max(ladder.rung, RUNGS.indexOf(rung) + 1);
    }
  }
}

function requestAt(
  rung: Rung,
  request: ModelRequest,
  { ladder, name, schema, root, marks }: AskingOptions,
): ModelRequest {
  switch (rung) {
    case 'json_schema': {
      const messages = ladder.ignoresSchema ? tellSchema(request.messages, root.schema, marks) : request.messages;
      return { ...request, messages, responseFormat: { kind: 'json_schema', name, schema: root.schema } };
    }
    // Nothing but an object can be given.
    case 'json_object':
      return {
        ...request,
        messages: tellSchema(request.messages, root.schema, marks),
        responseFormat: { kind: 'json_object' },
      };
    case 'text':
      return { ...request, messages: tellSchema(request.messages, schema, marks) };
    default:
      return assertNever(rung);
  }
}

function tellSchema(messages: ModelMessage[], schema: JsonSchema, marks: Marks): ModelMessage[] {
  return withInstruction(messages, schemaPrompt(schema, marks));
}
