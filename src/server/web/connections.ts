import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections at a time. */
const MOST = 2_000;
/** How many make room at a time. */
const MANY = 200;

/** Limits the connections of a server. When all are taken, the oldest of those that ask for nothing end. */
export function limitConnections(server: Server): void {
  /** By where they come from, the oldest first: with TLS a request knows another object than the connection. */
  const waiting = new Map<string, Socket>();
  server.maxConnections = MOST;
  server.on('connection', (socket: Socket) => {
    const from = placeOf(socket);
    waiting.set(from, socket);
    socket.once('close', () => waiting.delete(from));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const from = placeOf(socket);
    const connection = waiting.get(from);
    waiting.delete(from);
    response.once('close', () => {
      if (connection !== undefined && !connection.destroyed) waiting.set(from, connection);
    });
  });
  server.on('drop', () => {
    for (const connection of [...waiting.values()].slice(0, MANY)) connection.destroy();
  });
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
