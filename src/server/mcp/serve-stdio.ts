import { once } from 'node:events';
import { Writable, type Readable } from 'node:stream';
import { callbackify } from 'node:util';

import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import type { OutputStream } from '../../ui/streams.js';
import type { ProjectServer } from './mcp-server.js';

/** Serves one client over standard input and output, until the input ends, the output is closed, or the signal. */
export async function serveOverStdio(
  project: ProjectServer,
  { input, output, signal }: { input: Readable; output: OutputStream; signal: AbortSignal },
): Promise<void> {
  const ending = new AbortController();
  const write = async (text: string) => {
    await output.write(text);
    if (output.isClosed) ending.abort();
  };
  const writable = new Writable({
    write: (chunk, _encoding, done) => callbackify(write)(String(chunk), done),
  });
  const transport = new StdioServerTransport(input, writable);
  const handle = serveStdio(() => project.connection(), { transport });
  const over = AbortSignal.any([ending.signal, signal]);
  await Promise.race([ended(input), aborted(over)]);
  await project.close();
  await handle.close();
}

async function ended(input: Readable): Promise<void> {
  if (input.readableEnded || input.destroyed) return;
  await Promise.race([once(input, 'end'), once(input, 'close'), once(input, 'error')]);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
