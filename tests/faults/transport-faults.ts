import { gzipSync } from 'node:zlib';

import { begin, completion, raw, type Handler } from '../models/fault-server.js';
import type { End, Fault, Patience, PlaceName } from './fault.js';

const body = JSON.stringify(completion('half'));
const page = '<html><title>Sign in to the network</title></html>';

const serves = (name: string, handler: Handler, end: End, patience: Patience): Fault => ({
  name,
  spoils: () => handler,
  end,
  patience,
});
const broken = (name: string, handler: Handler): Fault => serves(name, handler, 'unavailable', 'retried');
const slow = (name: string, handler: Handler): Fault => ({
  ...serves(name, handler, 'timed-out', 'once'),
  isSlow: true,
});
const WITH_TURNS_BEFORE: ReadonlySet<PlaceName> = new Set(['verification', 'turn']);
const elsewhere = (name: string, address: (baseUrl: string) => string, patience: Patience): Fault => ({
  name,
  // Where something was said before, the address was right.
  spoils: (_said, place) => (WITH_TURNS_BEFORE.has(place) ? undefined : (response) => void response.destroy()),
  address,
  end: 'unavailable',
  patience,
});

const headers = { 'content-type': 'application/json' };
const events = { 'content-type': 'text/event-stream' };
const firstEvent = 'data: {"choices":[{"index":0,"delta":{"content":"ha"}}]}\n\n';

/** A name that no resolver looks up: its first part is too long. */
const NO_HOST = `${'x'.repeat(64)}.test`;

/** What happens on the way to a model and back. */
export const TRANSPORT_FAULTS: Fault[] = [
  elsewhere('the name is not known', () => `http://${NO_HOST}/v1`, 'retried'),
  elsewhere('nothing listens', () => 'http://127.0.0.1:1/v1', 'retried'),
  elsewhere('the server does not encrypt', (baseUrl) => baseUrl.replace('http:', 'https:'), 'once'),
  broken('the connection is reset before the headers', (response) => response.destroy()),
  broken(
    'the connection is reset in the body',
    begin((response) => void setTimeout(() => response.destroy(), 5)),
  ),
  broken('the connection is reset in a stream', (response) => {
    response.writeHead(200, events).write(firstEvent);
    setTimeout(() => response.destroy(), 5);
  }),
  broken('a stream ends cleanly without its end', (response) => response.writeHead(200, events).end(firstEvent)),
  broken('the body is shorter than it says', (response) => {
    response.writeHead(200, { ...headers, 'content-length': body.length + 100 }).write(body);
    setTimeout(() => response.destroy(), 5);
  }),
  broken('the chunks are broken', (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n');
  }),
  broken('the other side does not speak HTTP', (response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n')),
  broken('the packed body is garbage', (response) => {
    response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end('this is not packed');
  }),
  broken('the packed body is cut off', (response) => {
    response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(body).subarray(0, 40));
  }),
  slow('no headers come', () => undefined),
  slow(
    'the body stalls',
    begin(() => undefined),
  ),
  slow('a stream stalls', (response) => void response.writeHead(200, events).write(firstEvent)),
  slow(
    'a byte comes now and then',
    begin((response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    }),
  ),
  serves('a body never ends', begin(floods), 'model-reply-unusable', 'asked again'),
  serves('a body of 1 GB is announced', announcesGigabyte, 'model-reply-unusable', 'asked again'),
  serves(
    'it points to itself',
    (response) => response.writeHead(302, { location: '/v1/chat/completions' }).end(),
    'no-model',
    'once',
  ),
  serves(
    'it points elsewhere',
    (response) => response.writeHead(308, { location: 'https://example.com/v1' }).end(),
    'no-model',
    'once',
  ),
  serves('a page comes with status 200', raw(page, 'text/html'), 'no-model', 'once'),
  serves('a word comes with status 200', raw('OK', 'text/plain'), 'no-model', 'once'),
  serves('other JSON comes with status 200', raw('{"status":"ok"}'), 'no-model', 'once'),
  serves('the body is empty', raw(''), 'model-reply-unusable', 'asked again'),
  serves('there is no body', (response) => response.writeHead(204).end(), 'model-reply-unusable', 'asked again'),
  serves('the body is null', raw('null'), 'model-reply-unusable', 'asked again'),
  serves('the body is half a JSON text', raw(body.slice(0, 60)), 'model-reply-unusable', 'asked again'),
];

type Response = Parameters<Handler>[0];

const PIECE = 'x'.repeat(1024 * 1024);

function floods(response: Response): void {
  const write = (): void => {
    while (!response.destroyed && response.write(PIECE));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}

function announcesGigabyte(response: Response): void {
  response.writeHead(200, { ...headers, 'content-length': 1024 ** 3 });
  floods(response);
}
