import type { ServerResponse } from 'node:http';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { Json, JsonObject } from '../../../src/domain/values/json.js';
import { sendJson, startServer, type LocalServer } from '../local-server.js';
import { toolContext } from '../tool-context.js';
import { declaredHttp } from './declared-http.js';

const TICKET = {
  type: 'object',
  properties: { title: { type: 'string' }, project: { type: 'string' }, tags: { type: 'array' }, note: {} },
};

async function call(settings: object, args: JsonObject = {}, variables: Record<string, string> = {}) {
  return declaredHttp(settings).run(toolContext({ projectRoot: '/', variables }), args);
}

type Answer = (request: LocalServer['requests'][number], response: ServerResponse) => void;

async function serve(answer: Answer = (_request, response) => sendJson(response, { id: 7 })): Promise<LocalServer> {
  const server = await startServer(answer);
  onTestFinished(() => server.close());
  return server;
}

const post = (server: LocalServer, more: object = {}) => ({
  method: 'POST',
  url: `${server.url}/tickets`,
  args: TICKET,
  body: '{{ $args }}',
  ...more,
});

describe('what is sent', () => {
  test('when values stand in the address, the query, headers and the body then each is written as it must be there', async () => {
    const server = await serve();
    const settings = post(server, {
      url: `${server.url}/projects/{{ $project }}/tickets?by=a b&t={{ $title }}`,
      query: { tag: '{{ $tags }}', note: '{{ $note }}', fixed: 'x&y' },
      headers: { 'X-Title': 'T: {{ $title }}', 'X-Note': '{{ $note }}' },
      body: { title: '{{ $title }}', tags: '{{ $tags }}', note: '{{ $note }}', list: ['{{ $note }}', 1], n: 2 },
    });
    await call(settings, { project: 'a/../b?c#d', title: '50 % & 2', tags: ['x', 'y'] });
    const [request] = server.requests;
    expect(request?.url.pathname).toBe('/projects/a%2F..%2Fb%3Fc%23d/tickets');
    expect(request?.url.searchParams.getAll('t')).toEqual(['50 % & 2']);
    expect(request?.url.searchParams.getAll('tag')).toEqual(['x', 'y']);
    expect([...(request?.url.searchParams.keys() ?? [])]).toEqual(['by', 't', 'tag', 'tag', 'fixed']);
    expect(request?.headers).toMatchObject({ 'x-title': 'T: 50 % & 2', 'content-type': 'application/json' });
    expect(request?.headers).not.toHaveProperty('x-note');
    expect(JSON.parse(request?.body ?? '')).toEqual({ title: '50 % & 2', tags: ['x', 'y'], list: [1], n: 2 });
  });

  test.each([
    ['a text', 'plain {{ $title }}', 'text/plain; charset=utf-8', 'plain x'],
    ['all arguments', '{{ $args }}', 'application/json', '{"title":"x"}'],
    ['a list', ['{{ $title }}'], 'application/json', '["x"]'],
  ])('when the body is %s then it is sent with its type', async (_what, body, type, sent) => {
    const server = await serve();
    const args = { type: 'object', properties: { title: { type: 'string' } } };
    await call(post(server, { body, args }), { title: 'x' });
    expect(server.requests[0]).toMatchObject({ body: sent, headers: { 'content-type': type } });
  });

  test('when settings have a form then its fields are sent, one for each item of a list', async () => {
    const server = await serve();
    const form = { title: '{{ $title }}', tag: '{{ $tags }}', note: '{{ $note }}', token: '${TOKEN}' };
    const args = { type: 'object', properties: { title: {}, tags: {}, note: {} } };
    const settings = { method: 'POST', url: server.url, form, args };
    await call(settings, { title: 'a & b', tags: ['x', 'ä'] }, { TOKEN: 's=1' });
    expect(server.requests[0]).toMatchObject({
      body: 'title=a+%26+b&tag=x&tag=%C3%A4&token=s%3D1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  test('when the method is HEAD then the call reads, and gives what the headers say', async () => {
    const server = await serve((_request, response) => response.writeHead(200, { etag: '7' }).end());
    const tool = { method: 'HEAD', url: server.url, output: '$headers.etag' };
    expect(declaredHttp(tool).effect).toBe('read');
    expect(await call(tool)).toEqual({ kind: 'output', value: '7' });
    expect(server.requests[0]).toMatchObject({ method: 'HEAD' });
  });

  test('when settings name variables then their values are sent, and what looks like one in a value is not filled in', async () => {
    const server = await serve();
    const settings = post(server, {
      url: `${server.url}/t?key=\${TOKEN}`,
      headers: { authorization: 'Bearer ${TOKEN}' },
      body: { title: '{{ $title }}', token: '${TOKEN}', made: "{{ '${TOKEN}' }}" },
      args: { type: 'object', properties: { title: { type: 'string' } } },
    });
    await call(settings, { title: '${TOKEN} {{ $title }}' }, { TOKEN: 'se/cret key' });
    const [request] = server.requests;
    expect(request?.url.search).toBe('?key=se%2Fcret%20key');
    expect(request?.headers.authorization).toBe('Bearer se/cret key');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      title: '${TOKEN} {{ $title }}',
      token: 'se/cret key',
      made: '${TOKEN}',
    });
  });

  test.each<[string, object, string | undefined]>([
    ['GET', { body: undefined, url: '?t={{ $args }}' }, undefined],
    ['POST', {}, 'key'],
    ['DELETE', {}, 'key'],
    ['POST', { headers: { 'Idempotency-Key': 'own' } }, 'own'],
    ['POST', { effect: 'read' }, undefined],
  ])('when the method is %s with %j then the key of the call goes along where it acts', async (method, more, key) => {
    const server = await serve();
    const { body, url, ...others } = { body: '{{ $args }}' as Json, url: '', ...more } as Record<string, Json>;
    await call({ method, url: `${server.url}/${String(url)}`, args: TICKET, ...(body && { body }), ...others }, {});
    expect(server.requests[0]?.headers['idempotency-key']).toBe(key);
  });

  test.each([
    ['an empty part of the path', '/{{ $title }}/x', { title: '' }, 'would be empty'],
    ['a part of the path that leads up', '/a/{{ $title }}', { title: '..' }, '. or ..'],
    ['half of a character in the path', '/a/{{ $title }}', { title: '\ud800' }, 'half of a character'],
    ['half of a character in the query', '/a?b={{ $title }}', { title: 'a\udc00' }, 'half of a character'],
    ['an argument that is not given, in a longer text', '/a/{{ $title }}', {}, 'title is not given'],
    ['an expression that fails', '/a/{{ $title + 1 }}', { title: 'x' }, 'The expression'],
  ])('when a call would have %s then nothing is sent', async (_what, path, args, message) => {
    const server = await serve();
    const properties = { title: {} };
    const result = await call({ url: `${server.url}${path}`, args: { type: 'object', properties } }, args);
    expect(result).toMatchObject({ kind: 'failure', notDone: true, message: expect.stringContaining(message) });
    expect(server.requests).toEqual([]);
  });

  test('when a value has a line end then it makes no second header', async () => {
    const server = await serve();
    const settings = post(server, { headers: { 'x-title': '{{ $title }}' } });
    expect(await call(settings, { title: 'a\r\nx-b: c' })).toMatchObject({ kind: 'failure', notDone: true });
    expect(server.requests).toEqual([]);
  });
});

describe('what a call gives', () => {
  const answered =
    (body: string | Buffer, type: string): Answer =>
    (_request, response) =>
      response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body);

  test.each<[string, string | Buffer, string, Json]>([
    ['JSON', '{"a": 12345678901234567890}', 'application/json', { a: '12345678901234567890' }],
    ['JSON of a kind', '[1]', 'application/problem+json; charset=utf-8', [1]],
    ['a text', 'ä\n', 'text/plain', 'ä\n'],
    ['a text that could be JSON', '1', 'text/plain', '1'],
    ['nothing', '', 'application/json', null],
  ])('when the answer is %s then that is the result', async (_what, body, type, value) => {
    const server = await serve(answered(body, type));
    expect(await call({ url: server.url })).toEqual({ kind: 'output', value });
  });

  test.each<[string, string | Buffer, string]>([
    ['broken JSON', '{"a"', 'application/json'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00]), 'image/png'],
  ])(
    'when the answer is %s then it is a failure, and what a call did is not called undone',
    async (_what, body, type) => {
      const server = await serve(answered(body, type));
      expect(await call({ url: server.url })).toMatchObject({ kind: 'failure', retryable: true });
      const acted = await call(post(server));
      expect(acted).toMatchObject({ kind: 'failure', retryable: false });
      expect(acted).not.toHaveProperty('notDone');
    },
  );

  test('when settings say what the output is then an expression makes it of body, status and headers', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('x-page', '2');
      sendJson(response, { items: [{ id: 1 }, { id: 2 }] }, 201);
    });
    const output = "{ 'ids': $body.items.id, 'status': $status, 'page': $headers.`x-page` }";
    expect(await call({ url: server.url, output })).toEqual({
      kind: 'output',
      value: { ids: [1, 2], status: 201, page: '2' },
    });
  });

  test('when the output gives nothing then a call that reads has failed, and one that acted has no value', async () => {
    const server = await serve();
    expect(await call({ url: server.url, output: '$body.missing' })).toMatchObject({ kind: 'failure' });
    expect(await call(post(server, { output: '$body.missing' }))).toMatchObject({
      kind: 'output',
      value: null,
      warnings: [expect.stringContaining('$body.missing')],
    });
  });

  test.each([
    [400, { retryable: false, notDone: true }],
    [404, { retryable: false, notDone: true }],
    [429, { retryable: true, notDone: true, unavailable: true }],
    [500, { retryable: true }],
    [503, { retryable: true }],
  ])('when a POST is answered with %i then it is a failure with the words of the server', async (status, ending) => {
    const server = await serve((_request, response) => sendJson(response, { error: 'no such\n project' }, status));
    expect(await call(post(server))).toEqual({
      kind: 'failure',
      message: `${new URL(server.url).host} answered with status ${status}: {"error":"no such\\n project"}`,
      ...ending,
    });
  });

  test('when a GET is answered with 503 then the service is unavailable', async () => {
    const server = await serve((_request, response) => response.writeHead(503).end());
    expect(await call({ url: server.url })).toMatchObject({ retryable: true, unavailable: true });
  });

  test('when nobody listens then nothing is done', async () => {
    const server = await startServer(() => undefined);
    await server.close();
    expect(await call(post(server))).toMatchObject({
      kind: 'failure',
      retryable: true,
      notDone: true,
      unavailable: true,
    });
  });

  test('when the connection breaks then a call that must not happen twice ends without an outcome', async () => {
    const server = await serve((_request, response) => response.destroy());
    await expect(call(post(server))).rejects.toThrow('broke');
    expect(await call(post(server, { method: 'PUT' }))).toMatchObject({ kind: 'failure', retryable: true });
  });

  test('when the call is stopped then its reason ends it', async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort(new Error('enough')));
    const context = toolContext({ projectRoot: '/', signal: controller.signal });
    await expect(declaredHttp({ url: server.url }).run(context, {})).rejects.toThrow('enough');
  });
});

describe('where it goes', () => {
  test('when a redirect leads to a private address that the settings do not name then it is not followed', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end());
    expect(await call({ url: server.url })).toMatchObject({
      kind: 'failure',
      notDone: true,
      message: '10.0.0.1 is not on the public internet',
    });
  });

  test('when the settings name this machine then it is asked, unless they say that its network is public', async () => {
    const server = await serve();
    const named = server.url.replace('127.0.0.1', 'localhost');
    expect(await call({ url: named })).toMatchObject({ kind: 'output' });
    expect(await call({ url: named, private_network: false })).toMatchObject({ kind: 'failure', notDone: true });
  });
});

describe('what the tool says of itself', () => {
  test.each([
    [undefined, undefined, 'read'],
    ['GET', undefined, 'read'],
    ['POST', undefined, 'once'],
    ['PATCH', undefined, 'once'],
    ['PUT', undefined, 'idempotent'],
    ['DELETE', undefined, 'idempotent'],
    ['POST', 'read', 'read'],
  ])('when the method is %s and the effect %s then it is %s', (method, effect, is) => {
    const tool = declaredHttp({ url: 'https://a.example/', ...(method && { method }), ...(effect && { effect }) });
    expect(tool).toMatchObject({ id: 'ticket', name: 'ticket', effect: is, source: 'http', sends: true });
  });

  test('when a variable is not set then the tool is off, and says what to set', () => {
    const tool = declaredHttp({ url: 'https://a.example/', headers: { authorization: 'Bearer ${TOKEN}' } });
    const { environment } = toolContext({ projectRoot: '/' });
    expect(tool.readiness?.(environment)).toEqual({
      ready: false,
      why: 'TOKEN is not set, and every call sends it to a.example.',
      fix: 'export TOKEN=…   # or a line in .env',
    });
  });

  test('when anything in its declaration changes then so does its digest', () => {
    const digest = (settings: object) => declaredHttp({ url: 'https://a.example/', ...settings }).origin?.digest;
    const changes = [{}, { output: '$body' }, { sends: false }, { query: { a: 'b' } }, { private_network: true }];
    expect(new Set(changes.map(digest)).size).toBe(changes.length);
  });

  test('when arguments are checked then defaults are filled in, and others than the declared ones are refused', async () => {
    const properties = { title: { type: 'string' }, n: { type: 'integer', default: 3 } };
    const tool = declaredHttp({
      url: 'https://a.example/?{{ $args.title & $args.n }}',
      args: { type: 'object', properties, required: ['title'] },
    });
    await tool.prepare?.();
    expect(tool.parseArguments({ title: 'x' })).toEqual({ ok: true, args: { title: 'x', n: 3 } });
    expect(tool.parseArguments({ titel: 'x', n: 'y' })).toMatchObject({
      ok: false,
      problems: [
        { argument: 'title', message: 'is missing', missing: true },
        { argument: '', missing: false },
        { argument: 'n', message: 'must be integer', missing: false },
      ],
    });
  });
});

describe('a declaration that is refused', () => {
  const one = { args: { type: 'object', properties: { title: { type: 'string' } } } };
  test.each<[string, object, string]>([
    [
      'a server from an argument',
      { url: 'https://{{ $host }}/' },
      'http/ticket/url: must begin with http:// or https://',
    ],
    ['a server from a variable', { url: '${BASE}/x' }, 'http/ticket/url: must begin'],
    ['a part of a server', { url: 'https://a.example${X}/' }, 'http/ticket/url: must begin'],
    ['a password', { url: 'https://a:b@a.example/' }, 'http/ticket/url: must begin'],
    ['another protocol', { url: 'ftp://a.example/' }, 'http/ticket/url: must begin'],
    ['a port that does not exist', { url: 'https://a.example:99999/' }, 'http/ticket/url: is not an address'],
    ['half of an IPv6 address', { url: 'https://[::1/x' }, 'http/ticket/url: is not an address'],
    ['another server in a header', { headers: { Host: 'b.example' } }, 'headers/Host: is a header that portia sets'],
    ['a length of its own', { headers: { 'content-length': '5' } }, 'is a header that portia sets itself'],
    ['no description', { description: '' }, 'http/ticket/description: must not be empty'],
    ['an unknown key', { header: {} }, 'http/ticket/header: no such setting'],
    ['an unknown method', { method: 'post' }, 'http/ticket/method: expected one of "GET"|"HEAD"|"POST"'],
    [
      'arguments that are not a schema',
      { args: { title: { type: 'string' } } },
      'http/ticket/args: must be a JSON Schema',
    ],
    ['a name that is not a header', { headers: { 'a b': 'c' } }, 'headers/a b: is not the name of a header'],
    [
      'a misspelt argument',
      { ...one, query: { a: '{{ $titel }}' } },
      'http/ticket/query/a: there is no $titel; did you mean $title?',
    ],
    ['a broken template', { ...one, query: { a: '{{ $title' } }, 'http/ticket/query/a: '],
    ['an argument that is not sent', one, 'http/ticket/args/properties/title: is never sent: write {{ $title }}'],
    ['a GET with a body', { body: 'x' }, 'http/ticket/body: a GET has no body'],
    ['a HEAD with a form', { method: 'HEAD', form: {} }, 'http/ticket/form: a HEAD has no body'],
    ['a body and a form', { method: 'PUT', form: {}, body: 1 }, 'http/ticket/form: a request has a body or a form'],
    ['a key in the form', { method: 'PUT', form: { api_key: 'abc' } }, 'http/ticket/form/api_key: keys do not'],
    ['an output that names something else', { output: '$response.x' }, 'http/ticket/output: there is no $response'],
    ['an output that does not parse', { output: '$body[' }, 'http/ticket/output: '],
    [
      'a key in a header',
      { headers: { Authorization: 'Bearer abc' } },
      'http/ticket/headers/Authorization: keys do not belong',
    ],
    ['a key in the query', { query: { api_key: 'abc' } }, 'http/ticket/query/api_key: keys do not belong'],
    [
      'a key in the body',
      { method: 'POST', body: { auth: { token: 'abc' } } },
      'http/ticket/body/auth/token: keys do not',
    ],
    ['a key in the address', { url: 'https://a.example/?token=abc' }, 'http/ticket/url: the address holds a key'],
  ])('when it has %s then that is said', (_what, settings, message) => {
    expect(() => declaredHttp({ url: 'https://a.example/', ...settings })).toThrow(message);
    expect(() => declaredHttp({ url: 'https://a.example/', ...settings })).not.toThrow('abc');
  });
});
