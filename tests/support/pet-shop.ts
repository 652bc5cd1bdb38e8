import { onTestFinished } from 'vitest';

import { isJsonObject, type Json, type JsonObject } from '../../src/domain/values/json.js';
import { sendJson, startServer, type LocalServer } from '../tools/local-server.js';

export const SHOP_KEY = 'shop-canary-4711';

/** An OpenAPI document of a pet shop at this address. */
export function petShop(url: string, more: JsonObject = {}): JsonObject {
  const pet = { $ref: '#/components/schemas/Pet' };
  const json = (schema: Json) => ({ required: true, content: { 'application/json': { schema } } });
  const done = { responses: { 200: { description: 'Done' } } };
  const query = (name: string, schema: Json, rest: JsonObject = {}) => ({ name, in: 'query', schema, ...rest });
  return {
    openapi: '3.0.3',
    info: { title: 'Pet shop', version: '1.0.0' },
    servers: [{ url }],
    security: [{ shopKey: [] }],
    paths: {
      '/pets': {
        get: {
          ...done,
          operationId: 'listPets',
          tags: ['pets'],
          summary: 'Lists the pets',
          parameters: [
            query('kind', { type: 'array', items: { $ref: '#/components/schemas/Kind' } }),
            query('ids', { type: 'array', items: { type: 'integer' } }, { explode: false }),
            query(
              'filter',
              { type: 'object', properties: { name: { type: 'string' }, 'max-age': { type: 'integer' } } },
              { style: 'deepObject', explode: true },
            ),
            query('sort', { type: 'string' }),
            query('limit', { type: 'integer', default: 20 }),
            { name: 'X-Request-ID', in: 'header', schema: { type: 'string' } },
          ],
        },
        post: { ...done, operationId: 'addPet', tags: ['pets'], summary: 'Adds a pet', requestBody: json(pet) },
      },
      '/pets/{petId}': {
        parameters: [{ name: 'petId', in: 'path', required: true, schema: { type: 'integer' } }],
        get: { ...done, operationId: 'getPet', summary: 'Gives one pet' },
        head: { ...done, summary: 'Says whether there is one' },
        put: { ...done, operationId: 'replacePet', requestBody: json(pet) },
        patch: {
          ...done,
          operationId: 'changePet',
          requestBody: { content: { 'application/merge-patch+json': { schema: { type: 'object' } } } },
        },
        delete: { responses: { 204: { description: 'Gone' } }, operationId: 'removePet' },
      },
      '/orders': {
        post: {
          ...done,
          operationId: 'store/order.place',
          tags: ['store'],
          requestBody: {
            content: {
              'application/x-www-form-urlencoded': {
                schema: {
                  type: 'object',
                  required: ['pet'],
                  properties: { pet: { type: 'integer' }, note: { type: 'string' }, tag: { type: 'array' } },
                },
              },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: { shopKey: { type: 'apiKey', in: 'header', name: 'X-Shop-Key' } },
      schemas: {
        Kind: { type: 'string', enum: ['cat', 'dog'] },
        Pet: {
          type: 'object',
          required: ['id', 'name'],
          properties: {
            id: { type: 'integer', readOnly: true },
            name: { type: 'string', description: 'Its name' },
            kind: { $ref: '#/components/schemas/Kind' },
            nick: { type: 'string', nullable: true },
            parent: { $ref: '#/components/schemas/Pet' },
          },
        },
      },
    },
    ...more,
  };
}

/** A pet shop that answers on this machine. It has no pet until one is added, and its document is at /openapi.json. */
export async function startPetShop(): Promise<LocalServer> {
  const pets = new Map<number, JsonObject>();
  const server = await startServer(({ method, url, headers, body }, response) => {
    const id = Number(url.pathname.split('/')[3] ?? pets.size + 1);
    const given: Json = body.startsWith('{') ? (JSON.parse(body) as Json) : {};
    if (url.pathname === '/openapi.json') return sendJson(response, petShop('/v1'));
    if (headers['x-shop-key'] !== SHOP_KEY) return sendJson(response, { error: 'no key' }, 401);
    if (url.pathname === '/v1/orders') return sendJson(response, { form: body });
    if (url.pathname === '/v1/pets' && method === 'GET') {
      return sendJson(response, { pets: [...pets.values()], asked: url.search });
    }
    if (method !== 'POST' && !pets.has(id)) return sendJson(response, { error: 'no such pet' }, 404);
    if (method === 'DELETE') {
      pets.delete(id);
      return response.writeHead(204).end();
    }
    if (method !== 'GET' && method !== 'HEAD')
      pets.set(id, { ...pets.get(id), ...(isJsonObject(given) ? given : {}), id });
    return sendJson(response, pets.get(id));
  });
  onTestFinished(() => server.close());
  return server;
}
