import { describe, expect, test } from 'vitest';

import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { api, imported, jsonBody, post, ref, schemas } from '../support/openapi-document.js';

describe('the request that an operation describes', () => {
  test.each<[string, JsonObject, Json]>([
    [
      'null beside the type',
      {
        properties: {
          a: { type: 'string', nullable: true, enum: ['x'] },
          b: { nullable: true, allOf: [{ type: 'object' }] },
        },
      },
      {
        a: { type: ['string', 'null'], enum: ['x', null] },
        b: { anyOf: [{ allOf: [{ type: 'object' }] }, { type: 'null' }] },
      },
    ],
    [
      'limits that are left out',
      {
        properties: { a: { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false } },
      },
      { a: { type: 'number', exclusiveMinimum: 1, maximum: 9 } },
    ],
    [
      'what is new in 3.1',
      { properties: { a: { type: ['integer', 'null'], exclusiveMinimum: 0 }, b: true, c: { const: 1 } } },
      { a: { type: ['integer', 'null'], exclusiveMinimum: 0 }, b: true, c: { const: 1 } },
    ],
    [
      'nonsense',
      {
        properties: {
          a: { type: 'file', enum: [], minLength: 'x', required: true, pattern: '(', items: [], example: 1, 'x-a': 1 },
        },
      },
      { a: {} },
    ],
    [
      'numbers of many digits',
      { properties: { a: { type: 'integer', format: 'int64', maximum: '9223372036854775807' } } },
      { a: { type: 'integer', format: 'int64' } },
    ],
    [
      'a default',
      { properties: { a: { type: 'integer', default: 3, description: 'How many.' } } },
      { a: { type: 'integer', description: 'How many. Default: 3.' } },
    ],
    [
      'what only the server sets',
      { required: ['id', 'a'], properties: { id: { readOnly: true }, a: { type: 'string' } } },
      { a: { type: 'string' } },
    ],
    [
      'a reference that is marked so',
      { properties: { id: { ...ref('Id'), readOnly: true }, a: { type: 'string' } } },
      { a: { type: 'string' } },
    ],
  ])('when a schema has %s then it is written as JSON Schema of today', async (_what, schema, properties) => {
    const { http } = await imported(post(jsonBody({ type: 'object', ...schema }), schemas({ Id: {} })));
    const required = 'required' in schema ? { required: ['a'] } : {};
    expect(http['act']?.['args']).toEqual({ type: 'object', properties, ...required });
  });

  test.each<[string, JsonObject, Json, Json]>([
    ['is made of others', { allOf: [ref('A'), { properties: { b: {} } }] }, { a: '{{ $a }}', b: '{{ $b }}' }, ['a']],
    ['is one of several', { oneOf: [ref('A'), { type: 'object' }] }, '{{ $body }}', ['body']],
    ['takes any names', { type: 'object', additionalProperties: { type: 'string' } }, '{{ $body }}', ['body']],
    ['is a list', { type: 'array', items: ref('A') }, '{{ $body }}', ['body']],
    [
      'has the prototype of all',
      { type: 'object', properties: JSON.parse('{"__proto__": {}}') as Json },
      '{{ $body }}',
      ['body'],
    ],
    [
      'has the name of a part of the path',
      { properties: { id: {} }, required: ['id'] },
      { id: '{{ $id_body }}' },
      ['id', 'id_body'],
    ],
  ])('when a body %s then its arguments are those that can be given', async (_what, schema, body, required) => {
    const all = schemas({ A: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } } });
    const path = JSON.stringify(required).includes('id') ? '/a/{id}' : '/a';
    const { http } = await imported(post(jsonBody(schema), all, path));
    expect(http['act']).toMatchObject({ body, args: { required } });
  });

  test('when a body may be left out then it is one argument, and its texts and forms are sent as they are', async () => {
    const { http } = await imported(
      api({
        '/a': {
          post: { operationId: 'a', ...jsonBody({ type: 'object', required: ['x'], properties: { x: {} } }, false) },
        },
        '/b': { post: { operationId: 'b', requestBody: { content: { 'application/xml': {}, 'image/png': {} } } } },
        '/c': {
          post: { operationId: 'c', requestBody: { content: { 'text/plain': {}, 'application/vnd.a+json': {} } } },
        },
        '/d': { post: { operationId: 'd', requestBody: { content: {} } } },
        '/e': { get: { operationId: 'e', requestBody: { content: { 'application/json': {} } } } },
      }),
    );
    expect(http['a']).toMatchObject({ body: '{{ $body }}' });
    expect(http['a']?.['args']).not.toHaveProperty('required');
    expect(http['b']).toMatchObject({ body: '{{ $body }}', headers: { 'content-type': 'application/xml' } });
    expect(http['c']).toMatchObject({ headers: { 'content-type': 'application/vnd.a+json' } });
    expect(http['d']).not.toHaveProperty('body');
    expect(http['e']).not.toHaveProperty('body');
  });

  test('when the document is of Swagger 2.0 then its operations become the same', async () => {
    const query = (name: string, collectionFormat: string) => ({
      ...{ name, in: 'query', type: 'array', items: { type: 'string' }, collectionFormat },
    });
    const pet = { in: 'body', name: 'pet', required: true, schema: { $ref: '#/definitions/Pet' } };
    const { http, report } = await imported({
      swagger: '2.0',
      info: { title: 'Old', version: '1' },
      host: 'a.example',
      basePath: '/v2',
      schemes: ['http', 'https'],
      consumes: ['application/json', 'application/xml'],
      securityDefinitions: { user: { type: 'basic' } },
      security: [{ user: [] }],
      parameters: { Page: { name: 'page', in: 'query', type: 'integer', default: 1 }, Pet: pet },
      definitions: { Pet: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
      paths: {
        '/pets/{id}': {
          parameters: [{ name: 'id', in: 'path', required: true, type: 'integer' }],
          get: {
            operationId: 'get',
            parameters: [query('a', 'multi'), query('b', 'pipes'), query('c', 'csv'), { $ref: '#/parameters/Page' }],
          },
          put: { operationId: 'put', parameters: [{ $ref: '#/parameters/Pet' }] },
          post: {
            operationId: 'post',
            consumes: ['application/x-www-form-urlencoded'],
            parameters: [{ name: 'note', in: 'formData', type: 'string', required: true }],
          },
          patch: { operationId: 'file', parameters: [{ name: 'photo', in: 'formData', type: 'file' }] },
        },
        '/far': { get: { operationId: 'far', parameters: [{ $ref: 'far.yaml#/p' }] } },
      },
    });
    const url = 'https://a.example/v2/pets/{{ $id }}';
    const headers = { authorization: 'Basic ${A_EXAMPLE_USER}' };
    expect(http).toMatchObject({
      get: {
        ...{ url, headers },
        query: {
          a: '{{ $a }}',
          b: "{{ $join($b.$string(), '|') }}",
          c: "{{ $join($c.$string(), ',') }}",
          page: '{{ $page }}',
        },
        args: { properties: { page: { type: 'integer', description: 'Default: 1.' } }, required: ['id'] },
      },
      put: { url, body: { name: '{{ $name }}' }, args: { required: ['id', 'name'] } },
      post: { url, form: { note: '{{ $note }}' }, args: { required: ['id', 'note'] } },
    });
    expect(report.left_out.map(({ why }) => why)).toEqual([
      'its body is multipart/form-data',
      'it refers to another document, far.yaml#/p',
    ]);
    expect(report).toMatchObject({
      next: expect.arrayContaining([expect.stringMatching(/^npx @redocly\/cli bundle /)]) as unknown,
    });
  });

  test('when parameters are written in several ways then so are their templates', async () => {
    const object = { type: 'object', properties: { r: { type: 'integer' }, 'g-b': { type: 'integer' } } };
    const list = { type: 'array', items: { type: 'string' } };
    const parameters = [
      { name: 'spaced', in: 'query', style: 'spaceDelimited', explode: false, schema: list },
      { name: 'piped', in: 'query', style: 'pipeDelimited', explode: false, schema: list },
      { name: 'pairs', in: 'query', explode: false, schema: object },
      { name: 'flat', in: 'query', schema: object },
      { name: 'deep', in: 'query', style: 'deepObject', schema: object },
      { name: 'any', in: 'query', style: 'deepObject', schema: { type: 'object' } },
      { name: 'json', in: 'query', content: { 'application/json': { schema: object } } },
      { name: 'X-List', in: 'header', schema: list },
      { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
      { name: 'Host', in: 'header', schema: { type: 'string' } },
      { name: 'session', in: 'cookie', schema: { type: 'string' } },
    ];
    const { http, report } = await imported(
      api({
        '/a/{ids}/{.label}/{matrix}/{free}': {
          get: {
            operationId: 'get',
            parameters: [
              ...parameters,
              { name: 'ids', in: 'path', required: true, schema: list },
              { name: 'matrix', in: 'path', style: 'matrix', required: true, schema: { type: 'string' } },
            ],
          },
        },
      }),
    );
    expect(http['get']).toMatchObject({
      url: "https://a.example/v1/a/{{ $join($ids.$string(), ',') }}/{{ $_label }}/;matrix={{ $matrix }}/{{ $free }}",
      query: {
        spaced: "{{ $join($spaced.$string(), ' ') }}",
        piped: "{{ $join($piped.$string(), '|') }}",
        r: '{{ $flat.`r` }}',
        'g-b': '{{ $flat.`g-b` }}',
        'deep[r]': '{{ $deep.`r` }}',
        json: '{{ $string($json) }}',
      },
      headers: { 'X-List': "{{ $join($X_List.$string(), ',') }}" },
    });
    expect(Object.keys(http['get']?.['headers'] ?? {})).toEqual(['X-List']);
    expect(report.tools[0]?.missing).toEqual([
      'any: a value in its query or form is an object of any names',
      'session: it is sent as a cookie',
    ]);
  });
});
