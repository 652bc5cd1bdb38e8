import { isIP } from 'node:net';

import * as z from 'zod';

import { VARIABLE_NAME } from '../../domain/environment.js';
import { isOwnMachine } from '../../domain/values/own-machine.js';
import type { ToolEnvironment } from '../tool.js';
import { parseMailbox, type Mailbox } from './mail-address.js';
import { MAIL_TOOL } from './mail-tool.js';

const text = z.string().min(1, 'must not be empty');

/** What a settings file may say of the tool that sends mail. */
export const mailSettingsSchema = z.strictObject({
  host: z
    .string()
    .refine(
      (host) => isIP(host) !== 0 || /^[\p{L}\p{N}_.-]+$/u.test(host),
      'must be the name or address of a server, like smtp.example.com; "port" is a setting of its own',
    )
    .exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
  tls: z.enum(['implicit', 'starttls', 'none']).exactOptional(),
  user: text.exactOptional(),
  password_env: z
    .string()
    .regex(VARIABLE_NAME, 'must be the name of a variable, like SMTP_PASSWORD, and never the password itself')
    .exactOptional(),
  from: z
    .string()
    .refine((from) => parseMailbox(from) !== undefined, 'must be one address, like Ada <ada@example.com>')
    .exactOptional(),
  timeout_ms: z.int().positive().exactOptional(),
});

/** The server that takes mail, and how it is asked. */
export interface MailServer {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'none';
  login: { user: string; password: string } | undefined;
}

export type MailSetup = { ok: true; server: MailServer; from: Mailbox } | { ok: false; why: string; fix: string };

const EXAMPLE =
  `"tools": {"settings": {"${MAIL_TOOL}": {"host": "smtp.example.com", "user": "ada", ` +
  '"password_env": "SMTP_PASSWORD", "from": "Ada <ada@example.com>"}}} in portia.json, or in your own settings';

/** What the settings say, or why no mail can be sent by them. */
export function readMailSetup(environment: ToolEnvironment): MailSetup {
  const said = Object.keys(mailSettingsSchema.shape).flatMap((name) => {
    const value = environment.setting(MAIL_TOOL, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const parsed = mailSettingsSchema.safeParse(Object.fromEntries(said));
  if (!parsed.success) return { ok: false, why: `${z.prettifyError(parsed.error)}.`, fix: EXAMPLE };
  const { host, from: sender = '', port = parsed.data.tls === 'implicit' ? 465 : 587, user } = parsed.data;
  const from = parseMailbox(sender);
  if (host === undefined || from === undefined) {
    const missing = [...(host === undefined ? ['host'] : []), ...(from === undefined ? ['from'] : [])];
    return {
      ok: false,
      why: `The settings of the mail server are incomplete: ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      fix: EXAMPLE,
    };
  }
  const { tls = port === 465 ? 'implicit' : isOwnMachine(host) ? 'none' : 'starttls' } = parsed.data;
  const login = readLogin({ user, variable: parsed.data.password_env }, environment);
  if (login !== undefined && 'why' in login) return { ok: false, ...login };
  if (login !== undefined && tls === 'none' && !isOwnMachine(host)) {
    const why = `The password would go to ${host} unencrypted.`;
    return { ok: false, why, fix: `"tls": "starttls" in tools.settings.${MAIL_TOOL}` };
  }
  return { ok: true, server: { host, port, tls, login }, from };
}

type Login = MailServer['login'] | { why: string; fix: string };

/** A password goes to a server only when one file names both: else one file could send on the password of another. */
function readLogin(
  { user, variable }: { user: string | undefined; variable: string | undefined },
  environment: ToolEnvironment,
): Login {
  if (user === undefined && variable === undefined) return undefined;
  if (user === undefined || variable === undefined) {
    const why = `${user === undefined ? 'password_env is set without user' : 'user is set without password_env'}.`;
    return { why, fix: EXAMPLE };
  }
  const fileOf = (name: string) => environment.settingOrigin?.(MAIL_TOOL, name);
  if (fileOf('host') !== fileOf('password_env')) {
    const why = `host and password_env of ${MAIL_TOOL} are in different settings files, so ${variable} is not sent.`;
    return { why, fix: 'Write both into the same file.' };
  }
  const password = environment.variable(variable);
  if (password) return { user, password };
  return {
    why: `${variable} is not set; it is the password for sending mail.`,
    fix: `export ${variable}=…   # or a line in .env`,
  };
}
