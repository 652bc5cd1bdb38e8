import { resolve } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json } from '../domain/json.js';
import { lookOf, type Look } from '../ui/look.js';
import { warningView } from '../ui/error-view.js';
import { canPrompt } from '../ui/streams.js';
import type { Format } from '../config/layer.js';
import type { Invocation, Io } from './io.js';
import type { AllOptions } from './options.js';
import { readTextFile } from './read-text.js';
import { createServices, type Services } from './services.js';
import { readStubs } from './read-stubs.js';

/** Longest text that is read from standard input or a file that a flag names. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** One command at work: its services, and how it speaks. */
export interface Session {
  io: Io;
  options: AllOptions;
  services: Services;
  format: Format;
  /** For standard error. */
  look: Look;
  isQuiet: boolean;
  isVerbose: boolean;
  /** Whether a person can be asked here; the reason when not. */
  prompting: { yes: true } | { yes: false; because: string };
  /** Text for people, on standard error; dropped with --quiet. */
  note(text: string): Promise<void>;
  warn(message: string): Promise<void>;
  /** The one answer of the command. */
  answer(answer: Answer): Promise<void>;
  /** Text of a file, or of standard input for `-`. */
  readText(path: string): Promise<string>;
}

export interface Answer {
  json: Json;
  /** For a terminal; made only when it is needed. */
  human(look: Look): string | Promise<string>;
}

export async function createSession({ options, io }: Invocation<AllOptions>): Promise<Session> {
  const cwd = resolve(io.cwd, options.dir ?? '.');
  const reader = createReader(io, cwd);
  const services = await createServices({
    cwd,
    environment: io.environment,
    userId: io.userId,
    kill: io.kill,
    pid: io.pid,
    flags: {
      ...options,
      noPrompt: options.prompt === false,
      format: options.json ? 'json' : options.format,
      ...(options.verbose && { logLevel: 'debug' as const }),
    },
    stubs: await readStubs(options.stub ?? [], reader),
    dryRun: options.dryRun ?? false,
    summarize: options.summarize ?? false,
    trustBaseUrl: options.trustBaseUrl ?? false,
    onFoldersCreated: (folders) => void session.note(`Created ${folders.join(' and ')}\n`),
    onRetry: (message) => void session.note(`${message}\n`),
  });
  const { streams, environment, platform } = io;
  const look = await lookOf(streams.err, { environment, platform, now: services.now() });
  const session: Session = {
    io,
    options,
    services,
    look,
    format: services.settings.format?.value ?? (streams.out.isTerminal ? 'human' : 'json'),
    isQuiet: options.quiet ?? false,
    isVerbose: services.settings.logLevel.value === 'debug',
    prompting: canPrompt({ streams, environment, noPrompt: services.settings.noPrompt.value }),
    async note(text) {
      if (!session.isQuiet) await streams.err.write(services.redactor().text(text));
    },
    async warn(message) {
      await streams.err.write(warningView(services.redactor().text(message), look));
    },
    async answer(answer) {
      await writeAnswer(session, answer);
    },
    readText: reader,
  };
  for (const warning of services.warnings) await session.warn(warning);
  return session;
}

function createReader(io: Io, cwd: string): (path: string) => Promise<string> {
  let isStdinRead = false;
  return async (path) => {
    if (path !== '-') return readTextFile(resolve(cwd, path), MAX_TEXT_BYTES);
    if (isStdinRead) {
      throw new PortiaError('usage', 'Standard input is to be read twice.', {
        why: 'It can be read once only.',
        fix: 'Put one of the texts into a file.',
      });
    }
    isStdinRead = true;
    return io.streams.in.readAll(MAX_TEXT_BYTES);
  };
}

async function writeAnswer(session: Session, answer: Answer): Promise<void> {
  const { io, options, services, format } = session;
  const isHuman = format === 'human';
  if (isHuman && options.out === undefined) {
    const look = await lookOf(io.streams.out, { ...io, now: services.now() });
    await io.streams.out.write(await answer.human(look));
    return;
  }
  await writeText(session, `${JSON.stringify(pickFields(answer.json, options.fields), null, 2)}\n`);
}

/** The answer's text, to the file of --out or to standard output. */
export async function writeText(session: Session, text: string): Promise<void> {
  const { io, options, services } = session;
  if (options.out === undefined) {
    await io.streams.out.write(text);
    return;
  }
  const { writeFileSafely } = await import('../storage/safe-write.js');
  writeFileSafely(resolve(services.cwd, options.out), text, { mode: 0o644 });
}

function pickFields(json: Json, fields: string | undefined): Json {
  if (fields === undefined) return json;
  const names = fields.split(',').map((name) => name.trim());
  if (Array.isArray(json)) return json.map((item) => pickFields(item, fields));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(json, name) ? [[name, json[name] as Json]] : [])));
}
