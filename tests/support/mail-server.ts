import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface MailServer {
  port: number;
  /** What was taken, as it came, with the recipients of the envelope. */
  mails: { to: string[]; text: string }[];
}

/** A mail server on this machine. It takes what is not sent to `nobody@…`; closed after the test. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: MailServer['mails'] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, tell) => {
      if (username === 'ada' && password === 'hush-hush') tell(null, { user: username });
      else tell(new Error('Invalid username or password'));
    },
    onRcptTo: ({ address }, _session, tell) => {
      tell(address.startsWith('nobody@') ? new Error('No such user') : null);
    },
    onData: (stream, { envelope }, tell) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() });
        tell(null, 'queued as 4711');
      });
    },
    ...options,
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
  return { port: portOf(server.server), mails };
}

type Stage = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'end';

const GOOD: Record<Stage, string> = {
  greeting: '220 here',
  EHLO: '250 here',
  MAIL: '250 yes',
  RCPT: '250 yes',
  DATA: '354 go on',
  end: '250 taken',
};

/** What a server says at a stage; or it hangs, closes the connection, or answers without an end. */
export type Habits = Partial<Record<Stage, string>>;

export interface StrangeServer {
  port: number;
  /** How many mails it has got to their last line. */
  got(): number;
  /** Resolves once the first is there. */
  first: Promise<void>;
}

/** A server that speaks as it was told; closed after the test. */
export async function startStrangeServer(habits: Habits): Promise<StrangeServer> {
  let got = 0;
  let tellFirst = () => {};
  const first = new Promise<void>((resolve) => {
    tellFirst = resolve;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // It goes away in the middle of anything.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const answer = (stage: Stage) => say(socket, habits[stage] ?? GOOD[stage]);
    let isMail = false;
    let waiting = '';
    socket.on('data', (chunk: Buffer) => {
      const lines = (waiting + chunk.toString()).split('\r\n');
      waiting = lines.pop() ?? '';
      for (const line of lines) {
        if (!isMail) {
          const verb = line.slice(0, 4);
          isMail = verb === 'DATA' && habits.DATA === undefined;
          if (verb in GOOD) answer(verb as Stage);
        } else if (line === '.') {
          isMail = false;
          got += 1;
          tellFirst();
          answer('end');
        }
      }
    });
    answer('greeting');
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
  return { port: portOf(server), got: () => got, first };
}

function say(socket: Socket, words: string): void {
  if (words === 'hang') return;
  if (words === 'close') socket.end();
  else if (words === 'flood') flood(socket, '250-more\r\n');
  else if (words === 'flood of lines') flood(socket, '\r\n');
  else socket.write(`${words}\r\n`);
}

function flood(socket: Socket, line: string): void {
  const much = line.repeat(10_000);
  const more = () => {
    if (socket.destroyed) return;
    if (socket.write(much)) setImmediate(more);
    else socket.once('drain', more);
  };
  more();
}

function portOf(server: Pick<Server, 'address'>): number {
  return (server.address() as AddressInfo).port;
}
