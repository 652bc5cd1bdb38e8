import { portia } from '../../domain/next-step.js';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';

import { personHere } from '../../app/person-here.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import type { Person } from '../../domain/run/person.js';
import { lookOf, makeLook, type Look } from '../../ui/look.js';
import { warningView } from '../../ui/error-view.js';
import { oneLine, printable } from '../../domain/values/printable.js';
import { wrapTo } from '../../ui/text-width.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import { canPrompt } from '../../ui/streams.js';
import { leftOutLine } from '../../app/trust/project-untrusted.js';
import type { Format, ReportFormat } from '../../config/layer.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import type { Invocation } from './command.js';
import { pickFields, refuseUnknownFields } from './output-fields.js';
import type { Io, Speech } from './io.js';
import type { GlobalOptions, SharedOptions } from './options.js';
import { createTextSources, type TextSources } from './read-text.js';
import { createServices, type Services, type ServicesOptions, type TellPerson } from '../../app/services.js';
import { isJsonSpeech } from './speech.js';
import { commandSpeller } from './spell-commands.js';
import { readLimits } from './read-limits.js';
import { reportFormat } from './report-format.js';
import { writeToScreen } from './screen.js';
import { readStubs } from './read-stubs.js';

/** One command at work: its services, how it speaks, and what it may read of its flags beside those of every command. */
export interface Session<Options = object> extends TextSources {
  io: Io;
  speech: Speech;
  options: GlobalOptions & Options;
  services: Services;
  format: Format;
  /** A form for other programs, in place of `format`; only where the command has it. */
  report: ReportFormat | undefined;
  /** For standard error. */
  look: Look;
  isQuiet: boolean;
  isVerbose: boolean;
  /** Whether a person can be asked here; the reason when not. */
  prompting: { yes: true } | { yes: false; because: string };
  /** Text for people, on standard error; dropped with --quiet. */
  note(text: string): Promise<void>;
  warn(message: string): Promise<void>;
  /** The one result of the command. */
  print(printed: Printed): Promise<void>;
  /** Reads all settings again, after the user decided about the project. */
  reopen(): Promise<void>;
}

/** What a command prints. */
export interface Printed {
  /** For programs, as JSON. */
  record: Json | object;
  /** For a terminal; made only when it is needed. */
  human(look: Look): string | Promise<string>;
}

/**
 * `jobs`: how many steps of a run are done at a time, and `calls` how many calls are made at a time in all, when that is
 * not what --jobs says. `project`: false where the command itself does without the project's files, whatever was typed.
 */
export async function createSession<Options extends object>(
  { options: given, io, onSpeech, onEnd }: Invocation<Options>,
  { jobs, calls, project }: { jobs?: number; calls?: number; project?: false } = {},
): Promise<Session<Options>> {
  const cwd = workingFolder(io, given);
  const options = withOut(given, cwd);
  const shared: SharedOptions = options;
  const texts = createTextSources(io.streams.in, cwd);
  const stubs = await readStubs(shared.stub ?? [], texts.readText);
  const asked = { ...shared, jobs: jobs ?? shared.jobs, project: project ?? shared.project };
  const wanted = servicesFor(
    { options: asked, io, cwd, stubs, calls },
    tellBy(() => session),
  );
  const services = await createServices(wanted);
  onEnd(async () => services.close());
  const { streams, environment, platform } = io;
  const spell = commandSpeller(shared);
  const look = await lookOf(streams.err, { environment, platform, now: services.now(), spell });
  const format = services.settings.format?.value;
  const redact = (text: string) => services.redactor().text(text);
  const speech: Speech = { isJson: isJsonSpeech(format, io), redact, spell };
  onSpeech(speech);
  const session: Session<Options> = {
    io,
    speech,
    options,
    services,
    look,
    format: format ?? (isForPerson(options, io) ? 'human' : 'json'),
    report: reportFormat(options.format),
    isQuiet: options.quiet ?? false,
    isVerbose: services.settings.logLevel.value === 'debug',
    prompting: canPrompt({ streams, environment, noPrompt: services.settings.noPrompt.value }),
    note: async (text) => (session.isQuiet ? undefined : streams.err.write(speech.redact(text))),
    async warn(message) {
      await streams.err.write(warningView(services.redactor().text(message), look));
    },
    async print(printed) {
      await writeResult(session, printed);
    },
    async reopen() {
      await services.close();
      // The same object, because others hold it already.
      Object.assign(services, await createServices(wanted));
      await warnOfKeys();
    },
    ...texts,
  };
  const warned = new Set<string>();
  const warnOfKeys = async () => {
    for (const warning of services.keyWarnings().filter((text) => !warned.has(text))) {
      warned.add(warning);
      await session.warn(warning);
    }
  };
  for (const warning of services.warnings) await session.warn(warning);
  await warnOfKeys();
  await tellOfLess(session);
  return session;
}

/** Warns about flags that have no effect here, and about parts of the project that are left out. */
async function tellOfLess(session: Session): Promise<void> {
  const { options, format, services, speech } = session;
  if (options.fields !== undefined && (format === 'human' || format === 'value')) {
    await session.warn(`--fields picks keys of the JSON, so it changes nothing with --format ${format}.`);
  }
  if (!services.trust.isTrusted)
    await session.note(lineOf(leftOutLine(services.trust, speech.spell(portia('trust'))), session));
}

/** On a terminal it is wrapped; for programs it stays one line. */
export function lineOf(text: string, { io, look }: Pick<Session, 'io' | 'look'>): string {
  const line = oneLine(text);
  return `${io.streams.err.isTerminal ? wrapTo(line, look.columns).join('\n') : line}\n`;
}

/** The services begin before the session that prints their messages. */
function tellBy(session: () => Pick<Session, 'note' | 'warn' | 'io'>): TellPerson {
  return {
    foldersCreated: (folders) => void session().note(`Created ${folders.join(' and ')}\n`),
    retry: (message) => void session().note(`${message}\n`),
    warning: (message) => void session().warn(message),
    printed: async (text) => session().io.streams.err.write(text),
  };
}

/** What the flags and the process say of the services. */
function servicesFor(
  given: { options: SharedOptions; io: Io; cwd: string; stubs: ReadonlyMap<string, Json>; calls: number | undefined },
  tell: TellPerson,
): ServicesOptions {
  const { options, io, cwd, stubs, calls } = given;
  return {
    place: { cwd, environment: io.environment },
    process: io,
    given: {
      flags: {
        ...options,
        noPrompt: options.prompt === false,
        format: options.json ? 'json' : reportFormat(options.format) === undefined ? options.format : undefined,
        ...(options.verbose && { logLevel: 'debug' as const }),
      },
      stubs,
      dryRun: options.dryRun ?? false,
      summarize: options.summarize ?? false,
      limits: readLimits(options),
      jobs: options.jobs,
      calls: calls ?? options.jobs,
      inspectTools: options.inspectTools,
      trustProject: options.trustProject,
      noProject: options.project === false,
    },
    tell,
  };
}

/** Who gives the answers of this command. */
export function whoAnswers({ io, options }: Session<{ by?: string | undefined }>): Person {
  return personHere({ ...io, name: options.by });
}

/** The folder of --dir, which must be there: nothing is made elsewhere by mistake. */
function workingFolder(io: Io, { dir = '.' }: GlobalOptions): string {
  if (io.cwd === undefined && !isAbsolute(dir)) {
    throw new PortiaError('not-found', 'The folder that you are in is gone.', {
      why: 'Somebody deleted or moved it.',
      fix: 'cd to a folder that exists',
    });
  }
  const folder = resolve(io.cwd ?? '/', dir);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return folder;
  throw new PortiaError('not-found', `There is no folder ${folder}.`, {
    why: stat === undefined ? 'The command works inside it, and it does not exist.' : 'There is a file of that name.',
    fix: stat === undefined ? shellCommand(['mkdir', '-p', folder]) : '-C FOLDER',
  });
}

/** A place where the result cannot be written is reported before anything is done for it. */
function refuseUnwritable(file: string): void {
  const refuse = (why: string, fix: string) => {
    throw new PortiaError('storage-failed', `The result cannot be written to ${file}.`, { why, fix });
  };
  const folder = dirname(file);
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there === undefined) return refuse('Its folder is not there.', shellCommand(['mkdir', '-p', folder]));
  if (!there.isDirectory()) return refuse(`${folder} is a file.`, '-o FILE');
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return refuse('It is a folder.', '-o FILE');
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    refuse(messageOf(error), `-o FILE, or ${shellCommand(['chmod', 'u+w', folder])}`);
  }
}

/** `-o -` is standard output, as it is without the flag. Throws for a file that cannot be written. */
function withOut<Options extends GlobalOptions>(options: Options, cwd: string): Options {
  if (options.out === '-') return { ...options, out: undefined };
  if (options.out !== undefined) refuseUnwritable(resolve(cwd, options.out));
  return options;
}

/** A picture is for a screen; output that goes elsewhere, or is chosen by key, is data. */
function isForPerson({ out, fields }: GlobalOptions, { streams }: Io): boolean {
  return streams.out.isTerminal && out === undefined && fields === undefined;
}

async function writeResult(session: Session, { record, human }: Printed): Promise<void> {
  const { io, options, services, format } = session;
  const { spell } = session.look;
  if (format !== 'human') {
    await writeText(session, await dataText(session, record));
  } else if (options.out === undefined) {
    const screen = await lookOf(io.streams.out, { ...io, now: services.now(), spell });
    await writeToScreen(session, session.speech.redact(await human(screen)));
  } else {
    await writeText(session, await human(makeLook({ now: services.now(), spell })));
  }
}

async function dataText(session: Session, record: Json | object): Promise<string> {
  const { fields } = session.options;
  refuseUnknownFields(record, fields);
  const picked = pickFields(record, fields);
  if (session.format === 'ndjson') return (Array.isArray(picked) ? picked : [picked]).map(jsonLine).join('');
  return `${JSON.stringify(picked, null, 2)}\n`;
}

/** One record of a result that is a stream of them. */
export function recordLine(session: Session, record: object): string {
  refuseUnknownFields(record, session.options.fields);
  return jsonLine(pickFields(record, session.options.fields));
}

function jsonLine(json: unknown): string {
  return `${JSON.stringify(json)}\n`;
}

/** Text to the file of --out or to standard output. What acts on a terminal is made visible there. */
export async function writeText(session: Session, text: string): Promise<void> {
  const { io, options, services } = session;
  const redacted = session.speech.redact(text);
  if (options.out === undefined) {
    await io.streams.out.write(io.streams.out.isTerminal ? printable(redacted) : redacted);
    return;
  }
  writeFileSafely(resolve(services.cwd, options.out), redacted, { mode: 0o644 });
}
