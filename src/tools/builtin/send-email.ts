import { isDeepStrictEqual } from 'node:util';

import * as z from 'zod';

import { messageOf } from '../../domain/errors.js';
import { DEFAULT_CALL_MS, settingMs } from '../call-ms.js';
import { defineTool } from '../define-tool.js';
import { notDone } from '../not-done.js';
import type { ToolContext, ToolEnvironment, ToolResult } from '../tool.js';
import { parseMailbox, shownMailbox, type Mailbox } from './mail-address.js';
import { attachmentFacts, readAttachments, type Attachment } from './mail-attachments.js';
import { readMailSetup, type MailServer } from './mail-settings.js';
import { MAIL_TOOL } from './mail-tool.js';

const mailbox = z
  .string()
  .refine(
    (text) => parseMailbox(text) !== undefined,
    'must be one address, like ada@example.org or Ada <ada@example.org>',
  );
const mailboxes = z.array(mailbox).max(50);

export const sendEmailTool = defineTool({
  id: MAIL_TOOL,
  name: 'Send Email Tool',
  description:
    'Sends one mail, as text, by the mail server of the settings, and gives {message_id, accepted, rejected, response}: ' +
    'the addresses that the server took and refused, and its last words.',
  effect: 'once',
  sends: true,
  isPublic: true,
  ready: (environment) => {
    const setup = readMailSetup(environment);
    return setup.ok ? { ready: true } : { ready: false, why: setup.why, fix: setup.fix };
  },
  args: z.object({
    to: mailboxes.min(1).describe('Who gets it: ada@example.org or Ada Lovelace <ada@example.org>, each an item.'),
    cc: mailboxes.nullish().describe('Who gets a copy.'),
    bcc: mailboxes.nullish().describe('Who gets a copy that the others do not see.'),
    reply_to: mailbox.nullish().describe('Where an answer goes. Default: to the sender, whom the settings name.'),
    subject: z
      .string()
      .max(500)
      .refine((line) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line), 'must be one line'),
    text: z.string().max(1_000_000),
    attachments: z.array(z.string()).max(20).nullish().describe('Files below the project folder, 10 MB together.'),
  }),
  output: z.object({
    message_id: z.string(),
    accepted: z.array(z.string()),
    rejected: z.array(z.string()),
    response: z.string(),
  }),
  inspect: async ({ attachments }, { environment }) => {
    const setup = readMailSetup(environment);
    if (!setup.ok) throw new Error(setup.why);
    const from = shownMailbox(setup.from);
    const server = nameOf(setup.server);
    const files = attachmentFacts(await readAttachments(attachments ?? [], environment));
    return {
      consent: 'ask',
      facts: { from, server, attachments: files },
      note: `It is sent from ${from} by ${server}.`,
    };
  },
  run: async (context, args) => {
    const { environment, idempotencyKey, signal } = context;
    const setup = readMailSetup(environment);
    if (!setup.ok) return notDone(`${setup.why} ${setup.fix}`);
    const attachments = await attachmentsAsAgreed(args.attachments ?? [], context);
    if (!Array.isArray(attachments)) return attachments;
    const from = setup.from;
    const id = `${idempotencyKey}@${from.address.split('@')[1] ?? ''}`;
    const { sendMail } = await import('./send-mail.js');
    const { to, cc, bcc, reply_to: replyTo, subject, text } = args;
    const people = {
      to: parsed(to),
      cc: parsed(cc ?? []),
      bcc: parsed(bcc ?? []),
      replyTo: parsed(replyTo ? [replyTo] : []),
    };
    return sendMail({ id, from, ...people, subject, text, attachments }, setup.server, {
      signal,
      name: nameOf(setup.server),
      waitMs: waitOf(environment),
    });
  },
});

const parsed = (written: readonly string[]): Mailbox[] => written.flatMap((text) => parseMailbox(text) ?? []);

const nameOf = ({ host, port }: MailServer): string => `${host}:${port}`;

/** A server that says nothing for a third of the time of the call: while the call lasts, it is known whether it was sent. */
function waitOf(environment: ToolEnvironment): number {
  return Math.ceil((settingMs(environment, MAIL_TOOL) ?? DEFAULT_CALL_MS) / 3);
}

/** The files, unless they are not what a person agreed to. */
async function attachmentsAsAgreed(
  names: readonly string[],
  { environment, facts }: ToolContext,
): Promise<Attachment[] | ToolResult> {
  try {
    const attachments = await readAttachments(names, environment);
    if (isDeepStrictEqual(attachmentFacts(attachments), facts['attachments'] ?? [])) return attachments;
    return notDone('An attachment was changed since the call was decided on, so nothing was sent.');
  } catch (error) {
    return notDone(messageOf(error));
  }
}
