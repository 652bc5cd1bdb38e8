import * as z from 'zod';

import { VARIABLE_NAME } from '../domain/environment.js';
import { durationMs } from '../domain/values/duration.js';
import { secretInUrl } from '../domain/values/secret-names.js';
import { parseMailbox, type Mailbox } from '../tools/builtin/mail-address.js';

/** Services with a webhook of their own, whose address is a secret. */
export const CHATS = ['slack', 'teams', 'discord', 'telegram', 'ntfy'] as const;
export type Chat = (typeof CHATS)[number];

/** Where a target is. */
export type NoticeAddress =
  /** A line for the shell. */
  | { kind: 'exec'; command: string }
  | { kind: 'webhook'; url: string }
  /** The address is in a variable. */
  | { kind: 'webhook' | Chat; variable: string }
  | { kind: 'mail'; people: Mailbox[] };

export const NOTIFY_EVENTS = ['question', 'failure', 'end'] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

const text = z.string().min(1, 'must not be empty');
const variableName = z.string().regex(VARIABLE_NAME, 'must be the name of a variable, and never the key itself');
const duration = z
  .string()
  .refine((given) => durationMs(given) !== undefined, 'must be a number with ms, s, m, h or d, like 30s or 4h');
const targetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'the name of a target has letters, digits, - and _, 64 at most');

const address = z.string().check((context) => {
  const read = readAddress(context.value);
  if (typeof read === 'string') context.issues.push({ code: 'custom', message: read, input: '' });
});

/** A target of notices, as settings declare it. */
export const notifySettingsSchema = z.strictObject({
  /** `slack:VARIABLE`, `https://…`, `webhook:VARIABLE`, `mailto:ADDRESS` or `exec:COMMAND`. */
  to: address,
  /** What it is told of. Default: question and failure. Empty: only what escalates to it. */
  on: z.array(z.enum(NOTIFY_EVENTS)).exactOptional(),
  /** Only of plans whose id or request this glob names. */
  plans: text.exactOptional(),
  /** By the names of assignees: how they are called at the target. A mail goes to these addresses. */
  people: z.record(text, text).exactOptional(),
  /** A question that is still open after this time is told of again, five times at most. */
  remind_after: duration.exactOptional(),
  /** A question that is still open after this time is told to other targets, too. */
  escalate: z.strictObject({ after: duration, to: z.array(targetName).min(1) }).exactOptional(),
  /** What comes within this time goes out as one message. */
  digest: duration.exactOptional(),
  /** The variable with the key by which a webhook is signed. */
  secret_env: variableName.exactOptional(),
});

export const notifyTargetsSchema = z.record(targetName, notifySettingsSchema);

export type NotifySettings = z.infer<typeof notifySettingsSchema>;

/** A target with its name. */
export interface NotifyTarget extends NotifySettings {
  name: string;
}

/** What a target's `to` means, or what is wrong with it. Never quotes it: it may hold a secret. */
export function readAddress(to: string): NoticeAddress | string {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(to) ?? [];
  const chat = CHATS.find((known) => known === scheme);
  if (chat !== undefined || scheme === 'webhook') {
    if (VARIABLE_NAME.test(rest)) return { kind: chat ?? 'webhook', variable: rest };
    return `must name the variable with the address, as ${scheme}:${scheme.toUpperCase()}_WEBHOOK`;
  }
  switch (scheme) {
    case 'exec':
      return rest.trim() === '' ? 'must have a command after exec:' : { kind: 'exec', command: rest };
    case 'http':
    case 'https':
      return readUrl(to);
    case 'mailto':
      return readPeople(rest);
    default:
      return `must be ${CHATS.map((known) => `${known}:VARIABLE`).join(', ')}, webhook:VARIABLE, https://…, mailto:ADDRESS or exec:COMMAND`;
  }
}

/** Hosts whose addresses let whoever knows them write there. */
const SECRET_HOSTS =
  /(^|\.)(hooks\.slack\.com|discord(app)?\.com|api\.telegram\.org|webhook\.office\.com|logic\.azure\.com|powerplatform\.com)$/;

function readUrl(to: string): NoticeAddress | string {
  if (!URL.canParse(to)) return 'must be an address, like https://example.com/portia';
  const url = new URL(to);
  const secret = SECRET_HOSTS.test(url.hostname) ? 'is itself a key' : secretInUrl(url);
  if (secret === undefined) return { kind: 'webhook', url: to };
  return `the address ${secret}, which does not belong in a settings file: put it into a variable, and write webhook:VARIABLE or slack:VARIABLE`;
}

function readPeople(list: string): NoticeAddress | string {
  const people = list.split(',').map((each) => parseMailbox(each.trim()));
  if (people.every((each) => each !== undefined)) return { kind: 'mail', people };
  return 'must be addresses with commas between them, as mailto:ada@example.org,Bob <bob@example.org>';
}

/** Milliseconds of a duration that settings name; 0 without one. */
export function spanMs(given: string | undefined): number {
  return (given === undefined ? undefined : durationMs(given)) ?? 0;
}
