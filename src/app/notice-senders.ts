import type { Environment } from '../domain/environment.js';
import { discordRequest } from '../notices/discord.js';
import { execSender } from '../notices/exec.js';
import type { People, WriteRequest } from '../notices/chat-request.js';
import { mailSender } from '../notices/mail.js';
import { NotSent, type NoticeSender } from '../notices/notice-port.js';
import { readAddress, type Chat, type NotifyTarget } from '../notices/notify-settings.js';
import { ntfyRequest } from '../notices/ntfy.js';
import { postJson } from '../notices/post.js';
import { slackRequest } from '../notices/slack.js';
import { teamsRequest } from '../notices/teams.js';
import { telegramRequest } from '../notices/telegram.js';
import { webhookSender } from '../notices/webhook.js';
import { guestEnvironment } from '../processes/guest-environment.js';
import type { Guests } from '../processes/guests.js';
import { parseMailbox } from '../tools/builtin/mail-address.js';
import { readMailSetup } from '../tools/builtin/mail-settings.js';
import type { ToolEnvironment } from '../tools/tool.js';

const WRITERS: Record<Chat, WriteRequest> = {
  slack: slackRequest,
  teams: teamsRequest,
  discord: discordRequest,
  telegram: telegramRequest,
  ntfy: ntfyRequest,
};

export interface SenderParts {
  toolEnvironment: ToolEnvironment;
  shell: Environment;
  guests(): Promise<Guests>;
}

/** What sends to a target. Throws `NotSent` when a variable or a setting that it needs is missing. */
export function senderOf(target: NotifyTarget, parts: SenderParts): NoticeSender {
  const { toolEnvironment, shell, guests } = parts;
  const address = readAddress(target.to);
  if (typeof address === 'string') throw new NotSent(`its "to" ${address}`);
  switch (address.kind) {
    case 'exec': {
      const environment = guestEnvironment(shell, []);
      return execSender({ command: address.command, guests, environment, directory: toolEnvironment.projectRoot });
    }
    case 'mail':
      return mailTo(target, address.people, toolEnvironment);
    case 'webhook': {
      const url = 'url' in address ? new URL(address.url) : urlIn(address.variable, toolEnvironment);
      return webhookSender({ url, secret: secretOf(target, toolEnvironment) });
    }
    default:
      return chatSender(WRITERS[address.kind], urlIn(address.variable, toolEnvironment), target.people);
  }
}

function chatSender(write: WriteRequest, address: URL, people: People | undefined): NoticeSender {
  return {
    async send(message, signal) {
      const { url, body } = write(message, address, people);
      await postJson(url, { body: JSON.stringify(body), signal });
    },
  };
}

function urlIn(variable: string, environment: ToolEnvironment): URL {
  const text = environment.variable(variable) ?? '';
  if (text === '') throw new NotSent(`${variable} is not set: export ${variable}=https://…, or a line in .env`);
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new NotSent(`${variable} does not hold an address that begins with https://`);
  }
  return new URL(text);
}

function secretOf({ secret_env: variable }: NotifyTarget, environment: ToolEnvironment): string | undefined {
  if (variable === undefined) return undefined;
  const secret = environment.variable(variable);
  if (secret) return secret;
  throw new NotSent(`${variable} is not set; it is the key by which it is signed`);
}

function mailTo(
  { people = {} }: NotifyTarget,
  to: Parameters<typeof mailSender>[0]['to'],
  environment: ToolEnvironment,
): NoticeSender {
  const setup = readMailSetup(environment);
  if (!setup.ok) throw new NotSent(`${setup.why} ${setup.fix}`);
  const known = Object.entries(people).flatMap(([name, text]) => {
    const mailbox = parseMailbox(text);
    return mailbox === undefined ? [] : [[name, mailbox] as const];
  });
  return mailSender({ ...setup, to, people: new Map(known) });
}
