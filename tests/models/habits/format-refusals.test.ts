import { expect, test } from 'vitest';

import { isJsonObject, type Json } from '../../../src/domain/values/json.js';
import { completeStructured } from '../../../src/models/structured-reply.js';
import { KEY, modelFor, NEVER, REQUEST } from '../endpoint-under-test.js';
import { answer, completion, raw, type Handler } from '../fault-server.js';
import { FORMAT_REFUSALS, type FormatRefusal } from './format-refusals.js';
import { startStrictServer, type ChatBody } from './habit.js';

const LADDER = ['json_schema', 'json_object', 'text'];
const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const validate = (value: Json) => (isJsonObject(value) && value['n'] === 1 ? [] : ['n must be 1']);

function refusing({ refuses, status, body }: FormatRefusal): Handler {
  return (response, request, text) => {
    const format = (JSON.parse(text) as ChatBody).response_format?.type;
    const isRefused = refuses.some((type) => type === format);
    const refusal = typeof body === 'string' ? raw(body, 'text/html', status) : answer(body, status);
    return (isRefused ? refusal : answer(completion('{"n":1}')))(response, request, text);
  };
}

const noSchemas = answer({ error: { message: 'json_schema is not supported' } }, 400);

const named = FORMAT_REFUSALS.map((refusal) => [refusal.server, refusal.refuses, refusal] as const);
test.each(named)('when %s refuses %j then it is asked in the next plainer way, at once', async (_who, refuses, row) => {
  // A server that takes schemas is asked for objects only when it refused a schema.
  const takesSchemas = !refuses.includes('json_schema');
  const answers: [Handler, ...Handler[]] = takesSchemas ? [noSchemas, refusing(row)] : [refusing(row)];
  const server = await startStrictServer({ answers }, KEY);
  const { model, waits } = modelFor(server.baseUrl);
  const options = { name: 'x', schema: SCHEMA, validate, signal: NEVER };
  expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 1 });
  const asked = server.bodies.map((body) => body.response_format?.type ?? 'text');
  const isTextNext = refuses.includes('json_object');
  expect([asked, waits, server.refused]).toEqual([LADDER.slice(0, isTextNext ? 3 : 2), [], []]);
});
