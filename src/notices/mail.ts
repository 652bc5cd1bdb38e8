import type { Mailbox } from '../tools/builtin/mail-address.js';
import type { MailServer } from '../tools/builtin/mail-settings.js';
import { plainText, titleOf } from './describe-notice.js';
import { NotSent, type NoticeMessage, type NoticeSender } from './notice-port.js';
import { describeThrown } from '../domain/values/thrown.js';
import { oneLine } from '../domain/values/printable.js';

const MOST = 200_000;
/** How long the server may say nothing, in milliseconds. */
const WAIT_MS = 10_000;

interface MailTarget {
  server: MailServer;
  from: Mailbox;
  to: Mailbox[];
  /** By the names of assignees. */
  people: ReadonlyMap<string, Mailbox>;
}

/** Sends a text by the mail server of the settings. What is for somebody whose address is known goes there. */
export function mailSender({ server, from, to, people }: MailTarget): NoticeSender {
  return {
    async send(message, signal) {
      const { sendMail } = await import('../tools/builtin/send-mail.js');
      const id = `${message.id}@${from.address.split('@')[1] ?? ''}`;
      const mail = { id, from, to: receivers(message, { to, people }), cc: [], bcc: [], replyTo: [], attachments: [] };
      const content = { subject: oneLine(`portia: ${titleOf(message)}`), text: plainText(message, MOST) };
      const name = `${server.host}:${server.port}`;
      const result = await sendMail({ ...mail, ...content }, server, { signal, name, waitMs: WAIT_MS }).catch(
        (error: unknown) => {
          signal.throwIfAborted();
          throw new NotSent(describeThrown(error));
        },
      );
      if (result.kind === 'failure') throw new NotSent(result.message);
    },
  };
}

/** Those for whom all of it is, when each has an address; else the addresses of the target. */
function receivers({ items }: NoticeMessage, { to, people }: Pick<MailTarget, 'to' | 'people'>): Mailbox[] {
  const names = [...new Set(items.flatMap((item) => (item.for.length === 0 ? [''] : item.for)))];
  const known = names.map((name) => people.get(name));
  return known.every((each) => each !== undefined) ? known : to;
}
