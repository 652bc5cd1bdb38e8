import * as dns from 'node:dns';
import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';

import { guardedLookup, RequestFault, type Network } from '../guarded-fetch.js';
import { bareHost, isPublicAddress } from '../public-address.js';

const INTERNET: Network = {
  resolve: (name, tell) => dns.lookup(name, { all: true }, tell),
  isPublic: isPublicAddress,
};

export interface GateOptions {
  /** Whoever does not say it is not let through: other programs of this machine reach the port, too. */
  password: string;
  /** Whether servers in private networks are reached, too. */
  mayBePrivate: boolean;
  network?: Network;
}

/**
 * The way of a browser to the network: a proxy on this machine that leads to the public internet alone. Each address is
 * checked when the connection is made, and it is made to exactly that.
 */
export class Gate {
  readonly #server: Server;
  readonly #network: Network;
  readonly #mayBePrivate: boolean;
  readonly #known: string;
  readonly #refused = new Set<string>();
  readonly #sockets = new Set<Duplex>();

  private constructor({ password, mayBePrivate, network = INTERNET }: GateOptions) {
    this.#network = network;
    this.#mayBePrivate = mayBePrivate;
    this.#known = `Basic ${Buffer.from(`portia:${password}`).toString('base64')}`;
    this.#server = createServer((request, response) => this.#pass(request, response));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#connect(request, socket));
  }

  static async open(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options);
    await new Promise<void>((opened, failed) => {
      gate.#server.once('error', failed);
      gate.#server.listen(0, '127.0.0.1', opened);
    });
    return gate;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** What was refused since it was asked last, each as a sentence. */
  refusals(): string[] {
    const since = [...this.#refused];
    this.#refused.clear();
    return since;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A request that is not encrypted. */
  #pass(request: IncomingMessage, response: ServerResponse): void {
    const end = (status: number) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(status, status === 407 ? CHALLENGE : {}).end();
    };
    if (!this.#isKnown(request)) return end(407);
    const target = request.url ?? '';
    if (!URL.canParse(target) || new URL(target).protocol !== 'http:') return end(400);
    const url = new URL(target);
    if (this.#isRefused(url)) return end(403);
    const { 'proxy-authorization': _known, 'proxy-connection': _kept, ...headers } = request.headers;
    const options = { method: request.method, headers, agent: false as const, ...this.#lookup() };
    const onward = sendRequest(url, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', (error) => {
      this.#note(error, url);
      end(502);
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  /** A connection whose content is not seen here. */
  #connect(request: IncomingMessage, socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const target = `https://${request.url ?? ''}`;
    if (!this.#isKnown(request)) {
      socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${REALM}\r\n\r\n`);
    } else if (!URL.canParse(target) || this.#isRefused(new URL(target))) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else this.#join(socket, new URL(target));
  }

  #join(socket: Duplex, target: URL): void {
    const onward = connect({ host: bareHost(target), port: Number(target.port || 443), ...this.#lookup() });
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', (error) => {
      this.#note(error, target);
      socket.destroy();
    });
    socket.on('close', () => onward.destroy());
  }

  #isKnown({ headers }: IncomingMessage): boolean {
    return headers['proxy-authorization'] === this.#known;
  }

  #lookup() {
    return this.#mayBePrivate ? {} : { lookup: guardedLookup(this.#network) };
  }

  /** An address that is written as a number is not looked up. */
  #isRefused(url: URL): boolean {
    const host = bareHost(url);
    const isRefused = !this.#mayBePrivate && isIP(host) !== 0 && !this.#network.isPublic(host);
    if (isRefused) this.#refused.add(refusal(url));
    return isRefused;
  }

  #note(error: Error, url: URL): void {
    if (error instanceof RequestFault) this.#refused.add(refusal(url));
  }
}

const REALM = 'Basic realm="portia"';
const CHALLENGE = { 'proxy-authenticate': REALM };

const refusal = ({ host }: URL): string => `${host} was not reached: it is not on the public internet.`;
