import type { ServerResponse } from 'node:http';

import { describe, expect, onTestFinished, test } from 'vitest';

import { fetchPage } from '../../../src/tools/builtin/fetch-page.js';
import { fetchGuarded, type GuardedRequest } from '../../../src/tools/guarded-fetch.js';
import { isPublicAddress } from '../../../src/tools/public-address.js';
import { startServer, type LocalServer } from '../local-server.js';

type Answer = (request: LocalServer['requests'][number], response: ServerResponse) => void;

async function serve(answer: Answer): Promise<LocalServer> {
  const server = await startServer(answer);
  onTestFinished(() => server.close());
  return server;
}

const send =
  (body: string | Buffer, type?: string, status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body);

const never = new AbortController().signal;

/** In an internet in which this machine stands for public servers. */
const fetchHere = (url: string, signal = never, more: Partial<GuardedRequest> = {}) =>
  fetchPage(url, signal, (request) =>
    fetchGuarded(
      { ...request, ...more },
      {
        resolve: (_name, tell) => tell(null, [{ address: '127.0.0.1', family: 4 }]),
        isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
      },
    ),
  );

const SENTENCE = 'The lamp burns all night, and nobody knows who fills it, or why. ';

describe('a page', () => {
  test('when a page has a main text, then it is Markdown without the rest, and links are whole', async () => {
    const html = `<!doctype html><html><head><title>The lamp - Island news</title><base href="/2024/"></head><body>
      <nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul></nav>
      <article><h1>The lamp</h1><p>${SENTENCE.repeat(10)}</p><p>${SENTENCE.repeat(5)}See <a href="keeper?id=1#top">the
      keeper</a> or <a href="javascript:alert(1)">this</a>.</p>
      <table><tr><th>year</th><th>oil</th></tr><tr><td>1901</td><td>12</td></tr></table>
      <pre><code>a\n  b</code></pre><script>steal()</script><img alt="no" src="data:image/png;base64,AAAA"></article>
      <footer>Cookies, imprint</footer></body></html>`;
    const server = await serve(send(html, 'text/html; charset=utf-8'));
    const result = await fetchHere(`${server.url}/a/b?c=1`);
    expect(result).toEqual({
      kind: 'output',
      value: { url: `${server.url}/a/b?c=1`, title: expect.stringContaining('The lamp'), text: expect.any(String) },
    });
    const text = JSON.stringify(result);
    expect(text).toContain(`[the keeper](${server.url}/2024/keeper?id=1#top)`);
    expect(text).toContain('| 1901 | 12');
    expect(text).toContain('```');
    for (const unwanted of ['Shop', 'Cookies', 'steal', 'javascript:', 'base64']) expect(text).not.toContain(unwanted);
  });

  test.each([
    ['a few words', '<p>Out <b>now</b>', { title: null, text: 'Out **now**' }],
    ['nothing', '', { title: null, text: '' }],
    ['a title only', '<html><head><title> T </title></head></html>', { title: 'T', text: '' }],
    ['text that looks like tags', '<p>&lt;script&gt;</p>', { title: null, text: '<script>' }],
  ])('when a page has %s, then that is what is given', async (_what, html, value) => {
    const server = await serve(send(html, 'text/html'));
    expect(await fetchHere(server.url)).toEqual({ kind: 'output', value: { url: `${server.url}/`, ...value } });
  });

  test.each([
    ['its header', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/html; charset="ISO-8859-1"'],
    ['its head', Buffer.from('<meta charset=windows-1252><p>Gr\xfc\xdfe', 'latin1'), 'text/html'],
    ['nowhere, and it is not UTF-8', Buffer.from('<p>Gr\xfc\xdfe', 'latin1'), 'text/html'],
    ['wrongly', Buffer.from('<p>Grüße'), 'text/html; charset=none-such'],
    ['by its byte order mark', Buffer.from('\uFEFF<p>Grüße', 'utf16le'), 'text/html'],
  ])('when the encoding of a page is said in %s, then its letters are right', async (_where, body, type) => {
    const server = await serve(send(body, type));
    expect(await fetchHere(server.url)).toMatchObject({ value: { text: 'Grüße' } });
  });

  test.each([
    ['text/plain', 'a\nb <b>'],
    ['application/json', '{"a": 1}'],
    ['application/problem+json; charset=utf-8', '{}'],
    ['image/svg+xml', '<svg/>'],
  ])('when the address is a file of %s, then its text is given as it is', async (type, text) => {
    const server = await serve(send(text, type));
    expect(await fetchHere(server.url)).toMatchObject({ kind: 'output', value: { title: null, text } });
  });

  test('when it is redirected, then the address is that of the page', async () => {
    const server = await serve((request, response) => {
      if (request.url.pathname === '/b') send('<p>there', 'text/html')(request, response);
      else response.writeHead(302, { location: '/b' }).end();
    });
    expect(await fetchHere(`${server.url}/a`)).toMatchObject({ value: { url: `${server.url}/b`, text: 'there' } });
  });
});

describe('what is not a page', () => {
  test.each<[string, Answer, string, boolean]>([
    ['a picture', send(Buffer.from([137, 80, 78, 71]), 'image/png'), 'is image/png, and only text is read', false],
    ['bytes that are called text', send(Buffer.from([0, 1, 2, 3, 4, 5]), 'text/plain'), 'cannot be read', false],
    ['a status that is an error', send('gone for good', 'text/plain', 410), 'status 410: gone for good', false],
    ['a server in trouble', send('later', 'text/plain', 503), 'status 503: later', true],
    ['a page that is deep', send('<div>'.repeat(100_000), 'text/html'), '500 deep', false],
    ['a redirect in circles', (_r, response) => response.writeHead(302, { location: '/' }).end(), '5 redirects', false],
    ['a broken connection', (_r, response) => response.destroy(), 'broke', true],
  ])('when the answer is %s, then it is a failure that says so', async (_what, answer, words, retryable) => {
    const server = await serve(answer);
    const message: unknown = expect.stringContaining(words);
    expect(await fetchHere(server.url)).toMatchObject({ kind: 'failure', retryable, message });
  });

  test('when the answer is larger than the limit, then it is not read to its end', async () => {
    const server = await serve(send(Buffer.alloc(10_000_001, 'x'), 'text/plain'));
    expect(await fetchHere(server.url)).toMatchObject({
      kind: 'failure',
      message: 'the answer has more than 10000000 bytes',
    });
  });

  test('when the server is slow, then the limit of time or the end of the call ends it', async () => {
    const server = await serve((_request, response) => response.writeHead(200).write('<p>'));
    expect(await fetchHere(server.url, never, { timeoutMs: 50 })).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('within 50 ms'),
    });
    const call = new AbortController();
    const answer = fetchHere(server.url, call.signal);
    call.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });

  test('when reading a page is endless work, then the end of the call ends it', async () => {
    const server = await serve(send('<p>some words, <b>and more</b></p>'.repeat(100_000), 'text/html'));
    const call = new AbortController();
    const answer = fetchPage(server.url, call.signal, async (request) => {
      const given = await fetchGuarded({ ...request, mayBePrivate: true }, { resolve: () => {}, isPublic: () => true });
      setTimeout(() => call.abort(new Error('enough')), 100);
      return given;
    });
    await expect(answer).rejects.toThrow('enough');
  });
});
