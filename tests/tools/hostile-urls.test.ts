import { isIP } from 'node:net';

import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { fetchPage } from '../../src/tools/builtin/fetch-page.js';
import { fetchTool } from '../../src/tools/builtin/fetch.js';
import { fetchGuarded, type Network } from '../../src/tools/guarded-fetch.js';
import { bareHost, isPublicAddress } from '../../src/tools/public-address.js';
import type { ToolResult } from '../../src/tools/tool.js';
import { HOSTS, startClosedServer } from './hostile-urls.js';
import { declaredHttp } from './http/declared-http.js';
import { startServer } from './local-server.js';
import { toolContext } from './tool-context.js';

const { urls, reached, port, close } = await startClosedServer();
afterAll(close);
beforeEach(() => void (reached.length = 0));

const context = () => toolContext({ projectRoot: '/' });

/** Those that were answered, or are to be tried again. */
async function answered(
  addresses: readonly string[],
  call: (address: string) => Promise<ToolResult>,
): Promise<[string, ToolResult][]> {
  const results = await Promise.all(
    addresses.map(async (address): Promise<[string, ToolResult]> => [address, await call(address)]),
  );
  return results.filter(([, result]) => result.kind !== 'failure' || result.retryable);
}

/** A server that sends everybody on to the address which the query names. */
async function redirecting() {
  const server = await startServer(({ url }, response) =>
    response.writeHead(302, { location: url.searchParams.get('to') ?? '' }).end(),
  );
  onTestFinished(() => server.close());
  return server;
}

/** A header holds no other letters. */
const inHeader = () => urls.filter((url) => /^[!-~]+$/.test(url));

test('when addresses are counted then there are 120 at least', () => {
  expect(new Set(urls).size).toBeGreaterThan(160);
  expect(inHeader().length).toBeGreaterThan(120);
});

describe('fetch_tool', () => {
  test('when an address is not of the public internet then nothing is sent there', async () => {
    expect(await answered(urls, async (url) => fetchTool.run(context(), { url }))).toEqual([]);
    expect(reached).toEqual([]);
  });

  test('when a redirect leads to such an address then it is not followed', async () => {
    const server = await redirecting();
    const call = (to: string) =>
      fetchPage(`${server.url}/?to=${encodeURIComponent(to)}`, context().signal, (request) =>
        // This very server stands for a public one.
        fetchGuarded({ ...request, mayBePrivate: true }, nameserver(['10.0.0.1'])),
      );
    expect(await answered(inHeader(), call)).toEqual([]);
    expect(reached).toEqual([]);
  });
});

/** An internet in which every name means these addresses. */
const nameserver = (addresses: string[]): Network => ({
  isPublic: isPublicAddress,
  resolve(_name, tell) {
    tell(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  },
});

describe('a name', () => {
  const numbers = [
    ...new Set(
      HOSTS.filter((host) => URL.canParse(`http://${host}/`)).map((host) => bareHost(new URL(`http://${host}/`))),
    ),
  ].filter((host) => isIP(host) !== 0);

  test('when it means an address that is not of the public internet, also beside one that is, then nothing is sent', async () => {
    expect(numbers.length).toBeGreaterThan(50);
    const url = `http://name.example:${port}/`;
    const call = (addresses: string[]) =>
      fetchPage(url, context().signal, (request) => fetchGuarded(request, nameserver(addresses)));
    const answers = [...numbers.map((address) => [address]), ...numbers.map((address) => ['93.184.216.34', address])];
    const results = await Promise.all(answers.map(call));
    expect(results.filter((result) => result.kind !== 'failure' || result.retryable)).toEqual([]);
    expect(reached).toEqual([]);
  });
});

describe('a tool that is an HTTP call', () => {
  test.each(['GET', 'POST'])('when a %s is redirected to such an address then it is not followed', async (method) => {
    const server = await redirecting();
    const args = { type: 'object', properties: { to: { type: 'string' } } };
    const tool = declaredHttp({ method, url: `${server.url}/?to={{ $to }}`, args });
    const own = inHeader().filter((url) => /^[a-z+]+:/i.test(url));
    expect(own.length).toBeGreaterThan(120);
    expect(await answered(own, (to) => tool.run(context(), { to }))).toEqual([]);
    expect(reached).toEqual([]);
  });

  test('when an argument is such an address then it stays a part of the address that the settings name', async () => {
    const server = await startServer((_request, response) => response.end('own'));
    onTestFinished(() => server.close());
    const args = { type: 'object', properties: { where: { type: 'string' } } };
    const tool = declaredHttp({
      url: `${server.url}/in/{{ $where }}/x?a={{ $where }}`,
      query: { b: '{{ $where }}' },
      args,
    });
    const values = [...urls, ...LEADING_ON];
    const results = await Promise.all(values.map((where) => tool.run(context(), { where })));
    expect(results.filter((result) => result.kind === 'failure' && result.notDone !== true)).toEqual([]);
    expect(server.requests.length).toBeGreaterThan(150);
    expect(server.requests.map(({ url }) => url.pathname).filter((path) => !/^\/in\/[^/]+\/x$/.test(path))).toEqual([]);
    expect(server.requests.filter(({ url }) => [...url.searchParams.keys()].join() !== 'a,b')).toEqual([]);
    expect(reached).toEqual([]);
  });
});

/** Values that would lead on to another path, another query or another server. */
const LEADING_ON = [
  ...[
    '/',
    '//',
    '\\',
    '?',
    '#',
    '&b=2',
    ';',
    '@',
    ':',
    '%2f',
    '%2e%2e',
    '..%2f',
    '.%00',
    '\r\nHost: a',
    '\n',
    '\t',
    ' ',
  ],
  ...['/../../', '../', './', 'a/../..', '%2e%2e%2f', '\u2028', '／', '．．／', '\ud800', '\u0000', 'x'.repeat(2_000)],
];
