import { createServer, connect, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

/** Passes connections on to a server, late, and cuts some of them at any byte. Ends with the test. */
export async function startCuttingProxy(
  server: URL,
  { delayMs, cutEvery }: { delayMs: number; cutEvery: number },
): Promise<{ url: URL; cuts: () => number }> {
  const open = new Set<Socket>();
  let cuts = 0;
  const proxy = createServer((client) => {
    const target = connect(Number(server.port), server.hostname);
    for (const socket of [client, target]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => end());
    }
    const end = () => {
      client.destroy();
      target.destroy();
    };
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (bytes) => {
        if (Math.random() * cutEvery < 1) {
          cuts += 1;
          to.write(bytes.subarray(0, Math.floor(Math.random() * bytes.length)), end);
          return;
        }
        from.pause();
        setTimeout(() => {
          to.write(bytes);
          from.resume();
        }, Math.random() * delayMs);
      });
      from.on('close', end);
    };
    pass(client, target);
    pass(target, client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    for (const socket of open) socket.destroy();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(server);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return { url, cuts: () => cuts };
}
