import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { describe, expect, onTestFinished, test } from 'vitest';

import { fetchGuarded, guardedFetch, type GuardedRequest } from '../../src/tools/guarded-fetch.js';
import { isPublicAddress } from '../../src/tools/public-address.js';
import { startServer, type LocalServer } from './local-server.js';

type Answer = (request: LocalServer['requests'][number], response: ServerResponse) => void;

async function serve(answer: Answer): Promise<LocalServer> {
  const server = await startServer(answer);
  onTestFinished(() => server.close());
  return server;
}

const never = new AbortController().signal;
const own = (url: string, more: Partial<GuardedRequest> = {}): GuardedRequest => ({
  url: new URL(url),
  signal: never,
  mayBePrivate: true,
  ...more,
});
const faultOf = async (answer: Promise<unknown>) =>
  answer.then(
    () => 'no fault',
    (error: { kind?: string; message: string }) => `${error.kind}: ${error.message}`,
  );
const redirect =
  (location: string, status = 302): Answer =>
  (_request, response) =>
    response.writeHead(status, { location }).end();

/** An internet in which this machine stands for public servers, and names mean what the test says. */
const internet = (names: Record<string, string[]>) => {
  const asked: string[] = [];
  return {
    asked,
    resolve(name: string, tell: (error: Error | null, found: { address: string; family: number }[]) => void) {
      asked.push(name);
      const found = names[name];
      if (found === undefined) tell(new Error(`getaddrinfo ENOTFOUND ${name}`), []);
      else
        tell(
          null,
          found.map((address) => ({ address, family: 4 })),
        );
    },
    isPublic: (address: string) => address === '127.0.0.1' || isPublicAddress(address),
  };
};
const portOf = ({ url }: LocalServer) => new URL(url).port;

describe('an answer', () => {
  test('when the server answers then its status, headers and body are given, whatever the status', async () => {
    const server = await serve((_request, response) => response.writeHead(404, { 'x-a': 'b' }).end('not here'));
    const { status, headers, body, url } = await guardedFetch(own(`${server.url}/x`));
    expect({ status, a: headers['x-a'], text: body.toString(), url: url.href }).toEqual({
      status: 404,
      a: 'b',
      text: 'not here',
      url: `${server.url}/x`,
    });
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('when the body is packed with %s then it is unpacked', async (encoding, pack) => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(pack('text')),
    );
    expect((await guardedFetch(own(server.url))).body.toString()).toBe('text');
  });

  test('when a packed body has no bytes then it is empty', async () => {
    const server = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end());
    expect((await guardedFetch(own(server.url, { method: 'HEAD' }))).body).toHaveLength(0);
  });

  test.each([
    ['as it is', (bytes: Buffer) => bytes, 'identity'],
    ['packed', (bytes: Buffer) => gzipSync(bytes), 'gzip'],
  ])('when a body %s is larger than allowed then it is not read to its end', async (_how, pack, encoding) => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(Buffer.alloc(1_000_000))),
    );
    expect(await faultOf(guardedFetch(own(server.url, { maxBytes: 999_999 })))).toBe(
      'unusable: the answer has more than 999999 bytes',
    );
  });
});

describe('no answer', () => {
  test('when nobody listens then the server is not reached', async () => {
    const server = await startServer(() => undefined);
    await server.close();
    expect(await faultOf(guardedFetch(own(server.url)))).toMatch(/^unreached: 127\.0\.0\.1:\d+ cannot be reached/);
  });

  test.each<[string, Answer]>([
    ['before the headers', (_request, response) => response.destroy()],
    [
      'inside the body',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '9' });
        response.write('{');
        setImmediate(() => response.destroy());
      },
    ],
  ])('when the connection breaks %s then nobody knows what the server did', async (_where, answer) => {
    const server = await serve(answer);
    expect(await faultOf(guardedFetch(own(server.url, { method: 'POST', body: 'x' })))).toMatch(/^broken: /);
  });

  test.each<[string, Answer]>([
    ['sends nothing', () => undefined],
    ['stalls in its body', (_request, response) => response.writeHead(200).write('{')],
  ])('when the server %s then the time limit ends it', async (_what, answer) => {
    const server = await serve(answer);
    const fault = await faultOf(guardedFetch(own(server.url, { timeoutMs: 50 })));
    expect(fault).toMatch(/did not answer within 50 ms$/);
  });

  test('when the caller ends it then its reason is what it rejects with', async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort(new Error('enough')));
    expect(await faultOf(guardedFetch(own(server.url, { signal: controller.signal })))).toBe('undefined: enough');
  });
});

describe('where it goes', () => {
  test.each([
    ['http://127.0.0.1:1/', 'refused: 127.0.0.1 is not on the public internet'],
    ['http://2130706433/', 'refused: 127.0.0.1 is not on the public internet'],
    ['http://0x7f.1/', 'refused: 127.0.0.1 is not on the public internet'],
    ['http://[::1]:8080/', 'refused: ::1 is not on the public internet'],
    ['http://[::ffff:10.0.0.1]/', 'refused: ::ffff:a00:1 is not on the public internet'],
    ['http://169.254.169.254/latest/meta-data', 'refused: 169.254.169.254 is not on the public internet'],
    ['http://localhost:1/', expect.stringMatching(/^refused: localhost \((127\.0\.0\.1|::1)\) is not on the public/)],
    ['http://user:pw@example.org/', 'refused: the address of example.org holds a user name or password'],
    ['file:///etc/passwd', 'refused: only http and https addresses are used, not file:'],
    ['ftp://example.org/', 'refused: only http and https addresses are used, not ftp:'],
    ['data:text/plain,x', 'refused: only http and https addresses are used, not data:'],
  ])('when the address is %s then nothing is sent', async (url, fault) => {
    expect(await faultOf(guardedFetch({ url: new URL(url), signal: never }))).toEqual(fault);
  });

  test('when one of the addresses of a name is private then none is asked', async () => {
    const server = await serve((_request, response) => response.end());
    const network = internet({ 'mixed.example': ['127.0.0.1', '10.0.0.1'] });
    const url = new URL(`http://mixed.example:${portOf(server)}/`);
    expect(await faultOf(fetchGuarded({ url, signal: never }, network))).toBe(
      'refused: mixed.example (10.0.0.1) is not on the public internet',
    );
    expect(server.requests).toEqual([]);
  });

  test('when a name means another address a moment later then that is not asked: each hop looks it up once', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const server = await serve((request, response) => {
      if (request.url.pathname === '/a') redirect('/b')(request, response);
      else response.end('reached');
    });
    const names: Record<string, string[]> = {};
    const network = internet(names);
    const rebinding = {
      ...network,
      resolve(...given: Parameters<typeof network.resolve>) {
        names['rebind.example'] = answers.shift() ?? [];
        network.resolve(...given);
      },
    };
    const at = (path: string) => ({ url: new URL(`http://rebind.example:${portOf(server)}${path}`), signal: never });
    expect(await faultOf(fetchGuarded(at('/a'), rebinding))).toBe(
      'refused: rebind.example (10.0.0.1) is not on the public internet',
    );
    expect(server.requests.map(({ url }) => url.pathname)).toEqual(['/a']);
    expect(network.asked).toHaveLength(2);
  });

  test('when a name has no address then the server is not reached', async () => {
    const request = { url: new URL('http://nowhere.example/'), signal: never };
    expect(await faultOf(fetchGuarded(request, internet({})))).toMatch(
      /^unreached: nowhere\.example cannot be reached/,
    );
    expect(await faultOf(fetchGuarded(request, internet({ 'nowhere.example': [] })))).toMatch(/^unreached: /);
  });
});

describe('redirects', () => {
  test('when a GET is redirected on the same server then it is followed with its headers', async () => {
    const server = await serve((request, response) => {
      if (request.url.pathname === '/a') redirect('b?c=1')(request, response);
      else response.end('there');
    });
    const answer = await guardedFetch(own(`${server.url}/a`, { headers: { authorization: 'Bearer key' } }));
    expect({ text: answer.body.toString(), url: answer.url.href }).toEqual({
      text: 'there',
      url: `${server.url}/b?c=1`,
    });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer key', 'Bearer key']);
  });

  test('when a GET is redirected to another server then that gets none of the headers', async () => {
    const other = await serve((_request, response) => response.end('there'));
    const server = await serve(redirect(`http://other.example:${portOf(other)}/`));
    const headers = { authorization: 'Bearer key', 'x-api-key': 'key', cookie: 'a=b' };
    const answer = await fetchGuarded(own(server.url, { headers }), internet({ 'other.example': ['127.0.0.1'] }));
    expect(answer.body.toString()).toBe('there');
    expect(JSON.stringify(other.requests[0]?.headers)).not.toMatch(/key|a=b/);
  });

  test.each([
    ['another port of a private server that may be asked', 'http://127.0.0.1:1/'],
    ['a private address', 'http://10.0.0.1/'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest'],
    ['a name of this machine', 'http://localhost:1/'],
    ['another protocol', 'file:///etc/passwd'],
    ['a user name', 'http://user@example.org/'],
  ])('when a redirect leads to %s then it is refused', async (_what, location) => {
    const server = await serve(redirect(location));
    expect(await faultOf(guardedFetch(own(server.url)))).toMatch(/^refused: /);
  });

  test('when redirects lead in a circle then they end', async () => {
    const server = await serve(redirect('/'));
    expect(await faultOf(guardedFetch(own(server.url)))).toMatch(/^unusable: .* after 5 redirects$/);
    expect(server.requests).toHaveLength(6);
  });

  test.each([301, 302, 303, 307, 308])(
    'when a POST is redirected with %s then it is not sent again',
    async (status) => {
      const server = await serve(redirect('/b?token=key', status));
      expect(await faultOf(guardedFetch(own(server.url, { method: 'POST', body: 'x' })))).toBe(
        `unusable: ${new URL(server.url).host} redirects to ${server.url}/b?token=…, which only a GET follows`,
      );
      expect(server.requests).toHaveLength(1);
    },
  );

  test('when a redirect names no address then it is an answer that is not taken', async () => {
    const server = await serve(redirect('http://['));
    expect(await faultOf(guardedFetch(own(server.url)))).toMatch(/^unusable: .* what is not an address$/);
  });
});
