import { advice, type Advice, portia } from '../domain/next-step.js';
import { Command, CommanderError } from 'commander';

import { messageOf, PortiaError } from '../domain/errors.js';
import { capitalised } from '../domain/values/capitalised.js';
import { COMMANDS } from './command-table.js';
import { EXIT } from './session/exit-codes.js';
import type { CommandFile, CommandRow, CommandTable } from './session/command.js';
import { declareFlags } from './session/flags.js';
import type { Io, Speech } from './session/io.js';
import { actionNamed, commandHelp } from './help/command-help.js';
import { refuseMisuse, sentenceOf } from './help/misuse.js';
import { GLOBAL_FLAGS } from './session/options.js';
import { reportError } from './output/report-error.js';
import { rootHelp } from './help/root-help.js';
import { guessSpeech } from './session/speech.js';

/** Parses the arguments and runs the command. The only place where errors become exit codes. */
export async function runProgram(argv: string[], io: Io): Promise<number> {
  const call: Call = { argv, io, speech: guessSpeech(argv, io), written: { out: '', err: '' }, endings: [] };
  const program = createProgram(call);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return call.code ?? EXIT.failed;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.complete;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      // Flags without a command.
      call.written.out = rootHelp(COMMANDS);
      return EXIT.complete;
    }
    return await reportError(asPortiaError(error, argv, call), { speech: call.speech, io });
  } finally {
    await Promise.all(call.endings.map(async (end) => end()));
    await io.streams.out.write(call.written.out);
  }
}

/** Output that did not arrive, e.g. on a full disk, as every other error. */
export async function reportLostOutput(
  failure: { stream: string; error: Error },
  argv: string[],
  io: Io,
): Promise<void> {
  const what = `Not everything could be written to ${failure.stream}.`;
  const fix = 'Free some space, or send the output somewhere else.';
  const error = new PortiaError('storage-failed', what, { why: failure.error.message, fix });
  await reportError(error, { speech: guessSpeech(argv, io), io });
}

/** One command line at work. */
interface Call {
  /** The words as they were typed. */
  argv: readonly string[];
  io: Io;
  speech: Speech;
  /** What commander would have written itself. */
  written: { out: string; err: string };
  /** The command that was named, once its file is loaded. */
  file?: CommandFile;
  /** What is done when it has ended. */
  endings: (() => Promise<void>)[];
  /** How it ended. */
  code?: number;
}

function createProgram(call: Call): Command {
  const { io, written } = call;
  const program = new Command('portia')
    .version(io.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        written.out += text;
      },
      writeErr: (text) => {
        written.err += text;
      },
    })
    .helpCommand(false)
    .configureHelp({ formatHelp: () => rootHelp(COMMANDS) })
    .showSuggestionAfterError(true);
  declareFlags(program, GLOBAL_FLAGS);
  const commands: CommandTable = COMMANDS;
  for (const [name, row] of Object.entries(commands)) addCommand(program, name, row);
  // Only the command that is called is loaded, and its flags declared.
  program.hook('preSubcommand', async (_program, command) => {
    const row = commands[command.name()];
    if (row !== undefined) await prepareCommand(command, row, call);
  });
  return program;
}

function addCommand(program: Command, name: string, { parameters, summary }: CommandRow): void {
  const command = program.command(`${name} ${parameters}`.trim()).description(summary);
  command.usage(`${parameters} [options]`.trim());
  command.allowExcessArguments();
}

async function prepareCommand(command: Command, row: CommandRow, call: Call): Promise<void> {
  const name = command.name();
  const { command: file } = await row.load();
  call.file = file;
  declareFlags(command, file.flags);
  declareFlags(command, GLOBAL_FLAGS);
  command.configureHelp({ formatHelp: (_command, helper) => commandHelp({ name, row, file }, command, helper) });
  command.action(async () => {
    const { io } = call;
    const onSpeech = (speech: Speech) => (call.speech = speech);
    const options = command.optsWithGlobals<never>();
    refuseMisuse({ name, file, commands: COMMANDS, argv: call.argv }, command.args, options);
    const program = { commands: COMMANDS, run: (argv: string[]) => runProgram(argv, io) };
    const onEnd = (work: () => Promise<void>) => call.endings.push(work);
    call.code = await file.run({ parameters: command.args, options, io, onSpeech, onEnd, program });
  });
}

function asPortiaError(error: unknown, argv: string[], { written, file }: Call): unknown {
  if (!(error instanceof CommanderError)) return error;
  const message = (written.err === '' ? messageOf(error) : written.err).replace(/^error: /, '').trim();
  const [what = '', ...hints] = message.split('\n');
  const details = meant(error, argv, message) ??
    commandAfterDashes(error, argv, file) ?? {
      why: hints.join(' ').replace(/^\((.*)\)$/, '$1') || whyNotTaken(error, argv, file),
      fix: fixFor(error, argv, hints.length > 0),
    };
  return new PortiaError('usage', `${capitalised(what).replace(/\.$/, '')}.`, details);
}

/** For a first word that is not a command: the command that is spelled nearly so, or else a request. */
function meant({ code }: CommanderError, argv: string[], message: string): { why: string; fix: Advice } | undefined {
  const [name = '', ...others] = argv;
  if (code !== 'commander.unknownCommand' || name.startsWith('-')) return undefined;
  const [hint, nearest] = /Did you mean (\S+)\?/.exec(message) ?? [];
  if (hint !== undefined && nearest !== undefined) return { why: hint, fix: portia(nearest, ...others) };
  const firstFlag = argv.findIndex((word) => /^-./.test(word));
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag);
  const request = words.join(' ');
  if (!/\s/.test(request.trim())) return undefined;
  return {
    why: 'A request needs a command before it: run, or plan.',
    fix: portia('run', request, ...argv.slice(words.length)),
  };
}

/** For a flag of a command that is a parameter itself: it stands behind dashes. */
function commandAfterDashes(
  { code, message }: CommanderError,
  argv: string[],
  file: CommandFile | undefined,
): { why: string; fix: Advice } | undefined {
  const [name = '', word = '', ...words] = argv;
  const takesCommand = file !== undefined && actionNamed(file, word)?.parameters.includes('-- ') === true;
  const place = words.findIndex((each) => message.includes(`'${each}'`));
  if (code !== 'commander.unknownOption' || !takesCommand || place < 2) return undefined;
  const [before, after] = [words.slice(0, place - 1), words.slice(place - 1)];
  return { why: 'A command and its flags stand behind --.', fix: portia(name, word, ...before, '--', ...after) };
}

/** Why this command lacks a flag that people expect because other commands have it. */
function whyNotTaken({ code, message }: CommanderError, [name]: string[], file?: CommandFile): string | undefined {
  if (code !== 'commander.unknownOption' || !/'(?:--yes|-y)'/.test(message)) return undefined;
  return file?.whyNoYes ?? `portia ${name ?? ''} does not ask for a yes.`;
}

/** A query or expression that begins with a dash is read as a flag; everything after -- is not. */
function fixFor(error: CommanderError, argv: string[], isTypo: boolean): Advice {
  const [name = ''] = argv;
  const commands: CommandTable = COMMANDS;
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (row === undefined) return 'portia --help';
  const help = portia(name, '--help');
  if (error.code !== 'commander.unknownOption' || sentenceOf(row.parameters) === undefined || isTypo) return help;
  const words = argv.slice(1);
  const place = words.findIndex((word) => error.message.includes(`'${word}'`));
  const [dashed = '…'] = place === -1 ? [] : words.splice(place, 1);
  return advice`${portia(name, ...words, '--', dashed)}   # what begins with a dash\n${help}`;
}
