import { request } from 'node:http';
import { connect } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { Gate, type GateOptions } from '../../../src/tools/browser/gate.js';
import { startServer } from '../local-server.js';

const known = `Basic ${Buffer.from('portia:secret').toString('base64')}`;

/** In an internet in which this machine stands for public servers by the name of one. */
async function openGate(options: Partial<GateOptions> = {}): Promise<Gate> {
  const gate = await Gate.open({
    password: 'secret',
    mayBePrivate: false,
    network: {
      resolve: (name, tell) => tell(null, [{ address: name === 'inside.test' ? '10.0.0.1' : '127.0.0.1', family: 4 }]),
      isPublic: (address) => address === '127.0.0.1',
    },
    ...options,
  });
  onTestFinished(() => gate.close());
  return gate;
}

async function serve() {
  const server = await startServer((_request, response) => response.end('hello'));
  onTestFinished(() => server.close());
  return { server, port: new URL(server.url).port };
}

async function get(gate: Gate, url: string, authorization = known): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'proxy-authorization': authorization };
    const sent = request({ port: gate.port, host: '127.0.0.1', path: url, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ ...(answer.statusCode !== undefined && { status: answer.statusCode }), body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** What comes back through a connection, with one request in it. */
async function connectTo(gate: Gate, target: string, authorization = known): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gate.port, '127.0.0.1');
    let heard = '';
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${authorization}\r\n\r\n`);
    socket.on('data', (chunk: Buffer) => {
      if (heard === '') socket.write('GET / HTTP/1.0\r\n\r\n');
      heard += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

test('when a host is public then requests and connections reach it, without the password', async () => {
  const gate = await openGate();
  const { server, port } = await serve();
  expect(await get(gate, `http://public.test:${port}/a?b=c`)).toEqual({ status: 200, body: 'hello' });
  expect(server.requests[0]?.url.href).toContain('/a?b=c');
  expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  expect(await connectTo(gate, `public.test:${port}`)).toContain('hello');
  expect(gate.refusals()).toEqual([]);
});

test.each(['inside.test', '10.0.0.1', '192.168.1.1', '[::1]'])(
  'when a host is %s then it is not reached',
  async (host) => {
    const gate = await openGate();
    expect([403, 502]).toContain((await get(gate, `http://${host}/`)).status);
    expect(gate.refusals()).toEqual([`${host} was not reached: it is not on the public internet.`]);
    expect(await connectTo(gate, `${host}:443`)).not.toContain('200');
    expect(gate.refusals()).toHaveLength(1);
  },
);

test('when the settings allow private networks then they are reached', async () => {
  const { port } = await serve();
  const gate = await openGate({ mayBePrivate: true });
  expect(await get(gate, `http://localhost:${port}/`)).toMatchObject({ status: 200 });
  expect(await connectTo(gate, `localhost:${port}`)).toContain('hello');
});

test('when another program does not know the password then it is not let through', async () => {
  const gate = await openGate();
  const { server, port } = await serve();
  expect(await get(gate, `http://public.test:${port}/`, 'Basic no')).toMatchObject({ status: 407 });
  expect(await connectTo(gate, `public.test:${port}`, 'Basic no')).toContain('407');
  expect(server.requests).toEqual([]);
});

test.each(['/', 'ftp://public.test/', 'http://'])('when %s is asked for then it is refused', async (target) => {
  expect(await get(await openGate(), target)).toMatchObject({ status: 400 });
});
