import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';

/** A message of the inspector's protocol. */
interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
}

/** A debugger that speaks the protocol of Node's inspector over its WebSocket, which Node 20 has no client for. */
export class Debugger {
  readonly #socket: Socket;
  readonly #messages: Message[] = [];
  #bytes = Buffer.alloc(0);
  #tell = (): void => undefined;
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  /** At an address as Node prints it: `ws://127.0.0.1:…`. */
  static async connect(address: string): Promise<Debugger> {
    const request = get(address.replace('ws:', 'http:'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      },
    });
    const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
    return new Debugger(socket);
  }

  /** The result of a command. */
  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.write(frameOf(JSON.stringify({ id, method, params })));
    return (await this.#until((message) => message.id === id)).result ?? {};
  }

  /** What comes with the next event of this name that was not asked for yet. */
  async event(method: string): Promise<Record<string, unknown>> {
    return (await this.#until((message) => message.method === method)).params ?? {};
  }

  close(): void {
    this.#socket.destroy();
  }

  async #until(isWanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex(isWanted);
      const [message] = index < 0 ? [] : this.#messages.splice(index, 1);
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (this.#tell = resolve));
    }
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let frame = firstFrame(this.#bytes); frame !== undefined; frame = firstFrame(this.#bytes)) {
      this.#bytes = this.#bytes.subarray(frame.end);
      if (frame.isText) this.#messages.push(JSON.parse(frame.text) as Message);
    }
    this.#tell();
  }
}

/** A text, masked with zeros as a client may. */
function frameOf(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x81_fe);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function firstFrame(bytes: Buffer): { isText: boolean; text: string; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const end = start + length;
  if (bytes.length < end) return undefined;
  return { isText: bytes.readUInt8(0) === 0x81, text: bytes.toString('utf8', start, end), end };
}
