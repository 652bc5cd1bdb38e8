import { beforeAll, expect, test } from 'vitest';

import { isJsonObject, type Json, type JsonSchema } from '../../../src/domain/values/json.js';
import { withObjectRoot } from '../../../src/domain/values/object-root.js';
import { completeStructured } from '../../../src/models/structured-reply.js';
import { compileSchema } from '../../../src/tools/json-schema.js';
import { KEY, modelFor, NEVER, REQUEST } from '../endpoint-under-test.js';
import { answer, completion, type Handler } from '../fault-server.js';
import { startStrictServer, type ChatBody } from './habit.js';
import { SCHEMA_EXAMPLES, type SchemaExample } from './schema-examples.js';
import * as rules from './schema-rules.js';

interface Provider {
  /** Of a model as a user names it. */
  id: string;
  /** For schemas that are to be kept to strictly. */
  strict?: rules.SchemaRule;
  /** For all others. */
  loose: rules.SchemaRule;
}

const PROVIDERS: Provider[] = [
  { id: 'openai/gpt-4.1', strict: rules.OPENAI_STRICT, loose: rules.OPENAI_LOOSE },
  { id: 'azure/my-deployment', strict: rules.OPENAI_STRICT, loose: rules.OPENAI_LOOSE },
  { id: 'github/openai/gpt-4.1', strict: rules.OPENAI_STRICT, loose: rules.OPENAI_LOOSE },
  { id: 'google/gemini-2.5-flash', loose: rules.GEMINI },
  { id: 'vertex/google/gemini-2.5-pro', loose: rules.GEMINI },
  { id: 'openrouter/google/gemini-2.5-flash', loose: rules.GEMINI },
  { id: 'anthropic/claude-sonnet-4-5', loose: rules.ANTHROPIC },
  { id: 'openrouter/anthropic/claude-sonnet-4.5', loose: rules.ANTHROPIC },
  { id: 'groq/llama-3.3-70b-versatile', loose: rules.OPENAI_LOOSE },
  { id: 'groq/openai/gpt-oss-120b', strict: rules.OPENAI_STRICT, loose: rules.OPENAI_LOOSE },
  { id: 'cerebras/gpt-oss-120b', strict: rules.CEREBRAS, loose: rules.OPENAI_LOOSE },
  { id: 'xai/grok-4', loose: rules.XAI },
  { id: 'fireworks/llama', loose: rules.FIREWORKS },
  { id: 'custom/m', loose: rules.OPENAI_LOOSE },
];

const checks = new Map<string, (value: Json) => string[]>();
beforeAll(async () => {
  for (const { name, schema } of SCHEMA_EXAMPLES) {
    const check = await compileSchema(schema);
    checks.set(name, (value) => check(value).map(({ pointer, message }) => `${pointer} ${message}`));
  }
});
const validateOf = (name: string) => checks.get(name) ?? (() => ['no such example']);

const refusal = (reason: string): Handler =>
  answer({ error: { message: `Invalid schema for response_format: ${reason}` } }, 400);

/** Refuses the formats that the provider does not take, and answers with the value in the form of the request. */
function play({ strict, loose }: Provider, asked: () => SchemaExample | undefined): Handler {
  return (response, request, text) => {
    const { response_format: format } = JSON.parse(text) as ChatBody;
    const sent = format?.json_schema;
    const isStrict = sent?.strict === true;
    const rule = isStrict ? strict : loose;
    const reason = sent === undefined ? undefined : rule === undefined ? 'strict' : rules.refusalOf(sent.schema, rule);
    if (reason !== undefined) return refusal(reason)(response, request, text);
    const { value = null, withNulls = value } = asked() ?? {};
    const given = rooted(isStrict ? withNulls : value, sent?.schema ?? {}, format?.type);
    return answer(completion(JSON.stringify(given)))(response, request, text);
  };
}

/** Where only objects can be given, anything else is given in one. */
function rooted(value: Json, schema: JsonSchema, type: string | undefined): Json {
  const isWrapped = isJsonObject(schema['properties']) && 'result' in schema['properties'];
  return isWrapped || (type === 'json_object' && !isJsonObject(value)) ? { result: value } : value;
}

test.each(PROVIDERS)('when schemas are sent to $id then it refuses none, and their values come', async (provider) => {
  let [asked] = SCHEMA_EXAMPLES;
  const server = await startStrictServer({ answers: [play(provider, () => asked)] }, KEY);
  const { model } = modelFor(server.baseUrl, { id: provider.id });
  for (const example of SCHEMA_EXAMPLES) {
    asked = example;
    server.bodies.length = 0;
    const { name, schema } = example;
    const { value } = await completeStructured(model, REQUEST, {
      name: 'x',
      schema,
      validate: validateOf(name),
      signal: NEVER,
    });
    const formats = server.bodies.map((body) => body.response_format?.type ?? 'text');
    // What the provider cannot be told is not tried.
    expect({ name, value, requests: formats.length }).toEqual({
      name,
      value: example.value,
      requests: 1,
    });
  }
  expect(server.refused).toEqual([]);
});

/** Providers that take only some keywords in the arguments of functions. */
const STRICT_FUNCTIONS: Provider[] = PROVIDERS.filter(({ loose }) => loose === rules.GEMINI);
// Of an object that names no properties nothing can be said there.
const isOpen = ({ name }: SchemaExample): boolean => /any|itself|refined/.test(name);

test.each(STRICT_FUNCTIONS)('when functions are described to $id then it refuses none', async ({ id, loose }) => {
  const server = await startStrictServer({ answers: [answer(completion('hi'))] }, KEY);
  const { model } = modelFor(server.baseUrl, { id });
  const named = SCHEMA_EXAMPLES.filter((example) => !isOpen(example));
  const tools = named.map(({ schema }, index) => {
    const { schema: parameters } = withObjectRoot(schema, 'arguments');
    return { name: `f${index}`, description: '', parameters };
  });
  await model.complete({ ...REQUEST, tools }, { signal: NEVER });
  const sent = server.bodies[0]?.tools ?? [];
  const refused = sent.map(({ function: { parameters } }) => rules.refusalOf(parameters, loose));
  expect(refused).toEqual(named.map(() => undefined));
});

test('when a server refuses how a function is described then it gets plainer words from then on', async () => {
  const rule = (body: ChatBody) =>
    body.tools?.map((tool) => rules.refusalOf(tool.function.parameters, rules.GEMINI))[0];
  const handler: Handler = (response, request, text) => {
    const reason = rule(JSON.parse(text) as ChatBody);
    const said = `Unknown name "additionalProperties" at 'tools[0].function_declarations[0].parameters': ${reason}`;
    const reply =
      reason === undefined ? answer(completion('hi')) : answer([{ error: { code: 400, message: said } }], 400);
    return reply(response, request, text);
  };
  const server = await startStrictServer({ answers: [handler] }, KEY);
  const { model } = modelFor(server.baseUrl);
  const parameters = { type: 'object', properties: { a: { type: ['string', 'null'] } }, additionalProperties: false };
  const tools = [{ name: 'f', description: '', parameters }];
  for (const _ of [1, 2]) await model.complete({ ...REQUEST, tools }, { signal: NEVER });
  expect(server.bodies.map((body) => rule(body) === undefined)).toEqual([false, true, true]);
});

test('when what is left out is a rule then the description has it', async () => {
  const server = await startStrictServer({ answers: [answer(completion('{"code":"A"}'))] }, KEY);
  const { model } = modelFor(server.baseUrl, { id: 'openai/gpt-4.1' });
  const properties = { code: { type: 'string', description: 'A letter.', pattern: '^[A-Z]$', title: 'Code' } };
  const schema = { type: 'object', properties, required: ['code'] };
  await completeStructured(model, REQUEST, { name: 'x', schema, validate: () => [], signal: NEVER });
  expect(server.bodies[0]?.response_format?.json_schema?.schema['properties']).toEqual({
    code: { type: 'string', description: 'A letter. (pattern: "^[A-Z]$")', title: 'Code' },
  });
});
