import { createHmac } from 'node:crypto';

import type { NoticeMessage, NoticeSender } from './notice-port.js';
import { postJson } from './post.js';

/** What programs and webhooks get. */
export function noticeJson(message: NoticeMessage): string {
  return JSON.stringify({ type: 'portia.notice', ...message });
}

interface Webhook {
  url: URL;
  /** The key by which it is signed. Without one it is not signed. */
  secret: string | undefined;
}

/** Posts JSON with the headers of Standard Webhooks. */
export function webhookSender({ url, secret }: Webhook): NoticeSender {
  return {
    async send(message, signal) {
      const body = noticeJson(message);
      const timestamp = String(Math.floor(Date.parse(message.sent_at) / 1_000));
      const signed =
        secret === undefined ? {} : { 'webhook-signature': sign({ id: message.id, timestamp, body }, secret) };
      const headers = { 'webhook-id': message.id, 'webhook-timestamp': timestamp, ...signed };
      await postJson(url, { body, headers, signal });
    },
  };
}

/** `v1,` and the HMAC-SHA256 of id, seconds and body, in base64. A key that begins with `whsec_` is base64, too. */
export function sign({ id, timestamp, body }: { id: string; timestamp: string; body: string }, secret: string): string {
  const prefix = 'whsec_';
  const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
