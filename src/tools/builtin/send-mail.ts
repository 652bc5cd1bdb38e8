import { Socket } from 'node:net';
import { Readable } from 'node:stream';

import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import * as z from 'zod';

import { oneLine } from '../../domain/values/printable.js';
import { cutText } from '../../domain/values/cut-text.js';
import type { ToolResult } from '../tool.js';
import type { Mailbox } from './mail-address.js';
import type { Attachment } from './mail-attachments.js';
import type { MailServer } from './mail-settings.js';

export interface Mail extends Record<'to' | 'cc' | 'bcc' | 'replyTo', Mailbox[]> {
  /** The same for every repetition, so that a mailbox can tell that it got the mail twice. */
  id: string;
  from: Mailbox;
  subject: string;
  text: string;
  attachments: Attachment[];
}

export interface SendOptions {
  signal: AbortSignal;
  /** Of the server, for people. */
  name: string;
  /** How long the server may say nothing. */
  waitMs: number;
}

const MOST_WORDS = 300;
/** All that a server may say; one that says more says nothing. */
const MOST_BYTES = 1_000_000;
const WATCH_MS = 50;
const GOODBYE_MS = 1_000;

/**
 * Gives one mail to a server. A failure says `notDone` whenever the server did not take the mail. Throws when the
 * connection breaks after the server got it: nobody knows then whether it was sent.
 */
export async function sendMail(mail: Mail, server: MailServer, options: SendOptions): Promise<ToolResult> {
  const { signal, name, waitMs } = options;
  signal.throwIfAborted();
  const content = await compose(mail);
  const transfer = new Transfer(server, content, waitMs);
  try {
    const { accepted, rejected, response } = await transfer.run(mail, server.login, signal);
    return {
      kind: 'output',
      value: { message_id: `<${mail.id}>`, accepted, rejected, response: wordsOf(response) },
      ...(rejected.length > 0 && {
        warnings: [`${name} refused ${rejected.join(', ')}, and took the mail for the others.`],
      }),
    };
  } catch (error) {
    signal.throwIfAborted();
    return failureOf(error, name, transfer.isSent);
  } finally {
    transfer.end();
  }
}

async function compose({ id, from, to, cc, bcc, replyTo, subject, text, attachments }: Mail): Promise<Buffer> {
  const composer = new MailComposer({
    messageId: `<${id}>`,
    ...{ from, to, cc, bcc, replyTo, subject, text },
    attachments: attachments.map(({ filename, content }) => ({ filename, content })),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

interface Taken {
  accepted: string[];
  rejected: string[];
  response: string;
}

/** One mail on its way to a server. */
class Transfer {
  /** Whether the server may have got the mail. */
  isSent = false;
  readonly #connection: SMTPConnection;
  readonly #content: Buffer;
  readonly #watch: NodeJS.Timeout;

  constructor({ host, port, tls }: MailServer, content: Buffer, waitMs: number) {
    const socket = new Socket();
    this.#content = content;
    this.#connection = new SMTPConnection({
      ...{ host, port, socket, secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
      ...{ connectionTimeout: waitMs, greetingTimeout: waitMs, dnsTimeout: waitMs, socketTimeout: waitMs },
      socketCloseTimeout: 0,
    });
    this.#watch = setInterval(() => {
      if (socket.bytesRead > MOST_BYTES) this.#giveUp(new Error('it answers without an end'));
    }, WATCH_MS);
  }

  async run({ from, to, cc, bcc }: Mail, login: MailServer['login'], signal: AbortSignal): Promise<Taken> {
    const connection = this.#connection;
    const people = [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))];
    const envelope = { from: from.address, to: people, size: this.#content.length };
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      connection.on('error', reject);
      const send = () =>
        connection.send(envelope, this.#message(), (error, taken) => {
          if (taken === undefined) reject(error);
          else resolve(taken);
        });
      connection.connect((fault) => {
        if (fault !== undefined) reject(fault);
        else if (login === undefined) send();
        else connection.login({ user: login.user, pass: login.password }, (error) => (error ? reject(error) : send()));
      });
    });
  }

  /** It is read once the server has said that it takes a mail. */
  #message(): Readable {
    const begin = () => {
      this.isSent = true;
      return this.#content;
    };
    return new Readable({
      read() {
        this.push(begin());
        this.push(null);
      },
    });
  }

  #giveUp(error: Error): void {
    this.#connection.emit('error', error);
    this.#connection.close();
    // What nodemailer has read and not looked at; it would do so one line at a time, which takes minutes.
    Object.assign(this.#connection, { _responseQueue: [] });
  }

  /** Takes leave, without waiting long for the server to do so. */
  end(): void {
    clearInterval(this.#watch);
    this.#connection.quit();
    setTimeout(() => this.#connection.close(), GOODBYE_MS).unref();
  }
}

/** What nodemailer says of an error. */
const faultSchema = z.looseObject({
  message: z.string(),
  code: z.string().optional(),
  /** Of the connection, where `code` only says that there was one. */
  originalCode: z.string().optional(),
  command: z.string().optional(),
  responseCode: z.number().optional(),
});

const CONNECTION_CODES: readonly (string | undefined)[] = ['ECONNECTION', 'ESOCKET', 'EDNS', 'ETIMEDOUT'];

/** Throws when nobody knows whether the mail was sent. */
function failureOf(error: unknown, name: string, isSent: boolean): ToolResult {
  const parsed = faultSchema.safeParse(error);
  if (!parsed.success) throw error;
  const { message, code, originalCode = '', command, responseCode } = parsed.data;
  const words = wordsOf(message);
  const isRefused = responseCode !== undefined && command === 'DATA';
  if (isSent && !isRefused) {
    throw new Error(`${name} got the mail and did not say whether it took it: ${words}`);
  }
  const isUnreached =
    responseCode === undefined && CONNECTION_CODES.includes(code) && !/CERT|SSL|TLS/.test(originalCode);
  const isPassing = isUnreached || (responseCode !== undefined && responseCode < 500);
  const what = isUnreached ? 'cannot be reached' : code === 'EAUTH' ? 'refused the login' : 'did not take the mail';
  return {
    kind: 'failure',
    message: `${name} ${what}: ${words}`,
    retryable: isPassing,
    notDone: true,
    ...(isPassing && { unavailable: true }),
  };
}

function wordsOf(text: string): string {
  return cutText(oneLine(text), MOST_WORDS);
}
