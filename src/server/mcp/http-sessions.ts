import { WebStandardStreamableHTTPServerTransport, type Server } from '@modelcontextprotocol/server';

/** Sessions at a time; the one that was quiet for longest makes room. */
const MOST_SESSIONS = 200;

/** Clients of older revisions, which have a session: the server asks them while a call is open. */
export class Sessions {
  readonly #connect: () => Server;
  readonly #limits: { maxRequestBodySize: number };
  /** Those that were heard last are last. */
  readonly #transports = new Map<string, WebStandardStreamableHTTPServerTransport>();

  constructor(connect: () => Server, limits: { maxRequestBodySize: number }) {
    this.#connect = connect;
    this.#limits = limits;
  }

  async respond(request: Request): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return (await this.#begin()).handleRequest(request);
    const transport = this.#transports.get(id);
    if (transport === undefined) return noSession();
    this.#transports.delete(id);
    this.#transports.set(id, transport);
    return transport.handleRequest(request);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#transports.values()].map(async (transport) => transport.close()));
  }

  /** A session that is kept once the client has initialised it. */
  async #begin(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => globalThis.crypto.randomUUID(),
      onsessioninitialized: async (id) => this.#keep(id, transport),
      onsessionclosed: (id) => void this.#transports.delete(id),
      ...this.#limits,
    });
    await this.#connect().connect(transport);
    return transport;
  }

  async #keep(id: string, transport: WebStandardStreamableHTTPServerTransport): Promise<void> {
    this.#transports.set(id, transport);
    const [oldest] = this.#transports;
    if (this.#transports.size <= MOST_SESSIONS || oldest === undefined) return;
    this.#transports.delete(oldest[0]);
    await oldest[1].close();
  }
}

function noSession(): Response {
  const error = { code: -32_001, message: 'There is no such session. Initialise a new one.' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}
