import { startJsonServer, type Answer, type JsonServer } from '../support/json-server.js';

/** One item of a request or a reply. */
export type Item = Record<string, unknown>;

interface Wanted {
  input: Item[];
  tools?: Item[];
  text?: { format: Item };
  [field: string]: unknown;
}

const FIELDS = [
  ...['model', 'input', 'tools', 'text', 'store', 'include', 'stream', 'reasoning', 'temperature', 'max_output_tokens'],
];

/**
 * A server that plays the Responses API by its documentation, and refuses what that refuses: fields that it does not
 * have, items without what they need, results of calls that were not made, and reasoning that did not come back.
 */
export async function startResponsesServer(
  answer: (wanted: Wanted, count: number) => Answer,
): Promise<JsonServer & { baseUrl: string }> {
  /** The encrypted reasoning that was given out, by its id. */
  const given = new Map<string, string>();
  const server = await startJsonServer(({ line, body }, count) => {
    if (line !== 'POST /v1/responses') return { status: 404, body: { error: { message: `Invalid URL (${line})` } } };
    const wanted = body as Wanted;
    refuseWrong(wanted, given);
    const reply = answer(wanted, count);
    const { output = [] } = reply.body as { output?: Item[] };
    for (const item of output) {
      if (item['type'] === 'reasoning') given.set(String(item['id']), String(item['encrypted_content']));
    }
    return reply;
  });
  return { ...server, baseUrl: `${server.origin}/v1` };
}

function refuseWrong({ input, tools = [], text, ...others }: Wanted, given: ReadonlyMap<string, string>): void {
  for (const field of Object.keys(others)) if (!FIELDS.includes(field)) refuse(`Unknown parameter: '${field}'.`);
  if (others['store'] !== false) refuse("This organization keeps nothing: 'store' must be false.");
  for (const tool of tools) {
    if (tool['type'] !== 'function' || typeof tool['name'] !== 'string')
      refuse("Missing required parameter: 'tools[0].name'.");
    if (tool['strict'] !== false) refuse("Invalid schema for function: 'required' is required to include every key.");
  }
  const format = text?.format;
  if (format?.['type'] === 'json_schema' && (format['schema'] as Item)['type'] !== 'object') {
    refuse(`Invalid schema for response_format '${String(format['name'])}': schema must be of type 'object'.`);
  }
  if (format?.['type'] === 'json_object' && !/json/i.test(JSON.stringify(input))) {
    refuse(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    );
  }
  const open = new Set<unknown>();
  for (const [index, item] of input.entries()) refuseWrongItem(item, { next: input[index + 1], open, given });
  if (open.size > 0) refuse(`No tool output found for function call ${[...open].join(', ')}.`);
}

function refuseWrongItem(
  item: Item,
  { next, open, given }: { next: Item | undefined; open: Set<unknown>; given: ReadonlyMap<string, string> },
): void {
  switch (item['type']) {
    case undefined:
    case 'message':
      if (typeof item['content'] !== 'string' && !Array.isArray(item['content'])) refuse("Missing 'content'.");
      return;
    case 'function_call':
      for (const key of ['call_id', 'name', 'arguments'])
        if (typeof item[key] !== 'string') refuse(`Missing '${key}'.`);
      open.add(item['call_id']);
      return;
    case 'function_call_output':
      if (!open.delete(item['call_id']))
        refuse(`No tool call found for function call output ${String(item['call_id'])}.`);
      return;
    case 'reasoning':
      if (given.get(String(item['id'])) !== item['encrypted_content'])
        refuse('The encrypted content could not be verified.');
      if (next === undefined)
        refuse(`Item '${String(item['id'])}' of type 'reasoning' was provided without its required following item.`);
      return;
    default:
      refuse(`Invalid value: '${String(item['type'])}'.`);
  }
}

function refuse(why: string): never {
  throw new Error(why);
}

let made = 0;

/** A finished response with these items. */
export function response(output: Item[], fields: object = {}): Answer {
  made += 1;
  return {
    body: {
      id: `resp_${made}`,
      object: 'response',
      created_at: 1,
      status: 'completed',
      error: null,
      incomplete_details: null,
      model: 'm',
      output,
      usage: {
        input_tokens: 30,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 12,
        output_tokens_details: { reasoning_tokens: 8 },
        total_tokens: 42,
      },
      ...fields,
    },
  };
}

export function reasoning(thoughts: string): Item {
  made += 1;
  return {
    id: `rs_${made}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: thoughts }],
    encrypted_content: `gAAAA-${made}`,
  };
}

export function message(text: string): Item {
  made += 1;
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { id: `msg_${made}`, type: 'message', role: 'assistant', status: 'completed', content };
}

export function call(name: string, args: object): Item {
  made += 1;
  return {
    id: `fc_${made}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_${made}`,
    name,
    arguments: JSON.stringify(args),
  };
}
