import { describe, expect, test } from 'vitest';

import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { api, imported, jsonBody, post, query, ref, schemas } from '../support/openapi-document.js';

describe('an odd document', () => {
  test('when ids are hostile, long, equal or missing then tools have plain ids of their own', async () => {
    const ids = [
      '../../etc/passwd',
      '__proto__',
      'constructor',
      'a b',
      'a/b',
      'x'.repeat(300),
      '\u001b[31mred',
      '💥',
      '',
    ];
    const paths = Object.fromEntries(ids.map((operationId, index) => [`/p${index}`, { get: { operationId } }]));
    const { http } = await imported(api({ ...paths, '/p/{id}/q.r': { delete: {} } }));
    expect(Object.keys(http)).toEqual([
      'etc_passwd',
      'proto',
      'get_constructor',
      'a_b',
      'a_b_2',
      'x'.repeat(64),
      '31mred',
      'get_p7',
      'get_p8',
      'delete_p_id_q_r',
    ]);
  });

  test('when the id is that of a tool of portia then it is left out, until a prefix is given', async () => {
    const { http, report } = await imported(api({ '/a': { get: { operationId: 'search_tool' }, post: {} } }));
    expect(Object.keys(http)).toEqual(['post_a']);
    expect(report.left_out).toEqual([{ operation: 'GET /a', why: 'search_tool is the id of another tool' }]);
    expect(report).toMatchObject({
      next: expect.arrayContaining([expect.stringContaining('--prefix odd_')]) as unknown,
    });
  });

  test('when descriptions have hidden characters, or are no texts, then what is written shows them', async () => {
    const hidden = await imported(
      post({ summary: 'A\u001b]0;x\u0007\u202e title', description: `B\n\n${'long '.repeat(500)}` }),
    );
    expect(hidden.http['act']?.['description']).toMatch(/^A\\u\{1b\}\]0;x\\u\{7\}\\u\{202e\} title\. B long long/);
    expect(String(hidden.http['act']?.['description']).length).toBeLessThanOrEqual(600);
    const { http } = await imported(post({ summary: { a: 1 }, description: 7, tags: [1, null], deprecated: true }));
    expect(http['act']?.['description']).toBe('Deprecated. POST /a');
  });

  test('when names of parameters are odd then arguments have plain names, and the server gets the odd ones', async () => {
    const names = ['__proto__', 'constructor', 'args', '$top', 'filter[status]', '1st', 'sort', 'ä'];
    const parameters = names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
    const { http } = await imported(api({ '/a': { get: { operationId: 'list', parameters } } }));
    expect(Object.entries(http['list']?.['query'] ?? {})).toEqual([
      ['constructor', '{{ $constructor_query }}'],
      ['args', '{{ $args_query }}'],
      ['$top', '{{ $_top }}'],
      ['filter[status]', '{{ $filter_status_ }}'],
      ['1st', '{{ $_1st }}'],
      ['sort', '{{ $args.sort }}'],
      ['ä', '{{ $_ }}'],
    ]);
  });

  test('when the document names variables or templates then nothing of it is filled in', async () => {
    const { http, report } = await imported(
      api({
        '/${HOME}/a': { get: { operationId: 'path' } },
        '/$/{{x}}/a': { get: { operationId: 'template' } },
        '/b': { get: { operationId: 'optional', ...query('${HOME}') } },
        '/c': { get: { operationId: 'required', ...query('{{ $x }}', {}, { required: true }) } },
        '/d': { post: { operationId: 'field', ...jsonBody({ type: 'object', properties: { '${HOME}': {} } }) } },
      }),
    );
    expect(http).toMatchObject({
      path: { url: 'https://a.example/v1/%24{{ $HOME }}/a' },
      template: { url: 'https://a.example/v1/$/%7B{{ $x }}%7D/a' },
      field: { body: '{{ $body }}' },
    });
    expect(http['optional']).not.toHaveProperty('query');
    expect(report.tools.find(({ id }) => id === 'optional')?.missing).toHaveLength(1);
    expect(report.left_out.map(({ operation }) => operation)).toEqual(['GET /c']);
  });

  test.each<[string, JsonObject, string]>([
    ['has half of a character', post({}, {}, '/\ud800'), 'its path has half of a character'],
    ['leads up', post({}, {}, '/a/../b'), 'its path has . or .. in it'],
    ['refers to itself', post(jsonBody(ref('A')), schemas({ A: ref('B'), B: ref('A') })), 'leads back to itself'],
    [
      'is all of itself',
      post(jsonBody(ref('A'), false), schemas({ A: { allOf: [ref('A')] } })),
      'leads back to itself',
    ],
    ['refers to nothing', post(jsonBody(ref('A'))), 'its reference #/components/schemas/A leads nowhere'],
    ['refers to a prototype', post(jsonBody({ $ref: '#/__proto__/toString' })), 'leads nowhere'],
    [
      'refers to a file',
      post(jsonBody({ $ref: '../secret.yaml#/A' })),
      'it refers to another document, ../secret.yaml#/A',
    ],
    ['refers to an address', post({ parameters: [{ $ref: 'http://10.0.0.1/p' }] }), 'it refers to another document'],
    ['has a bad parameter', post({ parameters: [{ name: 'a' }] }), 'one of its parameters has no name or no place'],
    ['needs a cookie', post({ parameters: [{ name: 'c', in: 'cookie', required: true }] }), 'it is sent as a cookie'],
    [
      'has an object in its path',
      post({ parameters: [{ name: 'a', in: 'path', schema: { type: 'object' } }] }, {}, '/{a}'),
      'is an object',
    ],
    ['has a text as JSON', post(jsonBody({ type: 'string' })), 'its body is a JSON text by itself'],
    [
      'has a file',
      post({ requestBody: { content: { 'application/octet-stream': {} } } }),
      'its body is application/octet-stream',
    ],
    [
      'has an open form',
      post({
        requestBody: { content: { 'application/x-www-form-urlencoded': { schema: { additionalProperties: true } } } },
      }),
      'fields are not listed',
    ],
    ['has security of no kind', post({ security: [{ none: [] }] }), 'its security none is not described'],
    [
      'has digest security',
      post({ security: [{ d: [] }] }, { components: { securitySchemes: { d: { type: 'http', scheme: 'digest' } } } }),
      'its security is HTTP digest',
    ],
    [
      'has certificates',
      post({ security: [{ m: [] }] }, { components: { securitySchemes: { m: { type: 'mutualTLS' } } } }),
      'its security is mutualTLS',
    ],
    [
      'has a key with a line end',
      post(
        { security: [{ k: [] }] },
        { components: { securitySchemes: { k: { type: 'apiKey', in: 'header', name: 'a\r\nb' } } } },
      ),
      'its key is called a b',
    ],
  ])('when an operation %s then it alone is left out, with the reason', async (_what, document, why) => {
    const paths = { ...(document['paths'] as JsonObject), '/good': { get: { operationId: 'good', security: [] } } };
    const { http, report } = await imported({ ...document, paths });
    expect(Object.keys(http)).toEqual(['good']);
    expect(report.left_out.map((each) => each.why).join()).toContain(why);
  });

  test('when there are several ways to sign in then one is taken, and OAuth last', async () => {
    const securitySchemes = {
      token: { type: 'http', scheme: 'Bearer' },
      user: { type: 'http', scheme: 'basic' },
      inQuery: { type: 'apiKey', in: 'query', name: 'api_key' },
      inCookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
      oauth: { type: 'oauth2', flows: {} },
    };
    const get = (operationId: string, security: Json, rest: JsonObject = {}) => ({
      get: { operationId, security, ...rest },
    });
    const { http, report } = await imported(
      api(
        {
          '/1': get('either', [{ oauth: [] }, { token: [] }]),
          '/2': get('both', [{ user: [], inQuery: [] }], query('api_key')),
          '/3': get('cookie', [{ inCookie: [] }]),
          '/4': get('none', [{}, { token: [] }]),
          '/5': get('open', [{ none: [] }, { oauth: ['a'] }]),
          '/6': get('all', [{ token: [], user: [] }, { inQuery: [] }]),
        },
        { components: { securitySchemes } },
      ),
    );
    expect(http['either']).toMatchObject({ headers: { authorization: 'Bearer ${A_EXAMPLE_TOKEN}' } });
    expect(http['both']).toMatchObject({
      headers: { authorization: 'Basic ${A_EXAMPLE_USER}' },
      query: { api_key: '${A_EXAMPLE_IN_QUERY}' },
    });
    expect(http['both']).not.toHaveProperty('args');
    expect(http['cookie']).toMatchObject({ headers: { cookie: 'sid=${A_EXAMPLE_IN_COOKIE}' } });
    expect(http['none']).not.toHaveProperty('headers');
    expect(http['open']).toMatchObject({ headers: { authorization: 'Bearer ${A_EXAMPLE_OAUTH}' } });
    expect(http['all']).toMatchObject({ query: { api_key: '${A_EXAMPLE_IN_QUERY}' } });
    expect(report.variables.find(({ note }) => note !== undefined)?.note).toMatch(
      /^oauth is OAuth, and portia does not/,
    );
  });

  test('when a document asks for the key of another service then it gets one of its own server', async () => {
    const securitySchemes = { 'OPENAI API-KEY': { type: 'http', scheme: 'bearer' } };
    const { report } = await imported({
      ...post({ security: [{ 'OPENAI API-KEY': [] }] }, { components: { securitySchemes } }),
    });
    expect(report.variables.map(({ name }) => name)).toEqual(['A_EXAMPLE_OPENAI_API_KEY']);
  });

  test('when arguments are too large to be described then they are described less deep, or left out', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `S${index}`,
        {
          type: 'object',
          description: 'd'.repeat(200),
          properties: { next: ref(`S${(index + 1) % 300}`), a: { type: 'string' } },
        },
      ]),
    );
    const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`p${index}`, { type: 'string' }]));
    const { http, report } = await imported(
      api(
        {
          '/chain': { post: { operationId: 'chain', ...jsonBody(ref('S0')) } },
          '/wide': { post: { operationId: 'wide', ...jsonBody({ type: 'object', properties: wide }) } },
        },
        schemas(chain),
      ),
    );
    expect(JSON.stringify(http['chain']?.['args']).length).toBeLessThan(16_000);
    expect(http['chain']).toMatchObject({ args: { $defs: { S1: { properties: { a: { type: 'string' } } } } } });
    expect(report.left_out).toEqual([{ operation: 'POST /wide', why: 'its arguments are too large to be described' }]);
  });

  test('when it is YAML with numbers as names, anchors and a version that is a number then it is read', async () => {
    const { http } = await imported(`
openapi: 3.1
info: { title: Odd, version: 1 }
servers: [{ url: https://a.example }]
paths:
  /a:
    get:
      operationId: list
      parameters: [&page { name: page, in: query, schema: { type: integer, maximum: 9223372036854775807 } }]
      responses: { 200: { description: ok }, 4XX: { description: bad }, default: { description: other } }
  /b:
    get: { operationId: other, parameters: [*page], responses: { 204: {} } }
`);
    expect(http['other']).toMatchObject({ query: { page: '{{ $page }}' } });
  });

  test('when a path refers to a part of the document, or names a server, then that is followed', async () => {
    const { http } = await imported(
      api(
        {
          '/a': { $ref: '#/components/pathItems/P' },
          '/b': { servers: [{ url: 'v2/' }, { url: 'x' }], get: { operationId: 'b' } },
          '/c': { $ref: 'other.yaml' },
        },
        { components: { pathItems: { P: { get: { operationId: 'a' } } } } },
      ),
    );
    expect(Object.keys(http)).toEqual(['a']);
  });

  test('when a variable of a server has a default then it is filled in', async () => {
    const servers = [
      { url: 'https://{region}.a.example:{port}/', variables: { region: { default: 'eu' }, port: { default: 8443 } } },
    ];
    const { http } = await imported(post({}, { servers }));
    expect(http['act']).toMatchObject({ url: 'https://eu.a.example:8443/a' });
  });
});
