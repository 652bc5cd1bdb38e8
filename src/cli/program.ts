import { Command, CommanderError } from 'commander';

import { messageOf, PortiaError } from '../domain/errors.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import { COMMANDS, type CommandEntry } from './help/command-table.js';
import { EXIT } from './session/exit-codes.js';
import type { Invocation, Io, Speech } from './session/io.js';
import { commandHelp } from './help/command-help.js';
import { refuseMisuse } from './help/misuse.js';
import { addGlobalOptions, type AllOptions } from './session/options.js';
import { reportError } from './output/report-error.js';
import { ROOT_HELP } from './help/root-help.js';
import { guessSpeech } from './session/speech.js';

type RunCommand = (invocation: Invocation<AllOptions>) => Promise<number>;

/** Each command is loaded when it is called: start-up is import cost. */
const LOADERS: Record<string, () => Promise<RunCommand>> = {
  plan: async () => (await import('./commands/plan.js')).runPlanCommand,
  run: async () => (await import('./commands/run.js')).runRunCommand,
  'run-plan': async () => (await import('./commands/run-plan.js')).runRunPlanCommand,
  resume: async () => (await import('./commands/resume.js')).runResumeCommand,
  show: async () => (await import('./commands/show.js')).runShowCommand,
  list: async () => (await import('./commands/list.js')).runListCommand,
  check: async () => (await import('./commands/check.js')).runCheckCommand,
  edit: async () => (await import('./commands/edit.js')).runEditCommand,
  refine: async () => (await import('./commands/refine.js')).runRefineCommand,
  diff: async () => (await import('./commands/diff.js')).runDiffCommand,
  eval: async () => (await import('./commands/eval.js')).runEvalCommand,
  answer: async () => (await import('./commands/answer.js')).runAnswerCommand,
  cancel: async () => (await import('./commands/cancel.js')).runCancelCommand,
  verify: async () => (await import('./commands/verify.js')).runVerifyCommand,
  rm: async () => (await import('./commands/rm.js')).runRmCommand,
  tools: async () => (await import('./commands/tools.js')).runToolsCommand,
  schema: async () => (await import('./commands/schema.js')).runSchemaCommand,
  trust: async () => (await import('./commands/trust.js')).runTrustCommand,
  doctor: async () => (await import('./commands/doctor.js')).runDoctorCommand,
  help: async () => (await import('./commands/help.js')).runHelpCommand,
};

/** Parses the arguments and runs the command. The only place where errors become exit codes. */
export async function runProgram(argv: string[], io: Io): Promise<number> {
  const speech = guessSpeech(argv, io);
  const chosen: { code: number | undefined } = { code: undefined };
  const printed: Printed = { out: '', err: '' };
  const program = createProgram(printed, { argv, io, speech, onEnd: (code) => (chosen.code = code) });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return chosen.code ?? EXIT.failed;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.complete;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      // Flags without a command.
      printed.out = ROOT_HELP;
      return EXIT.complete;
    }
    return await reportError(asPortiaError(error, argv, printed), { speech, io });
  } finally {
    await io.streams.out.write(printed.out);
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

/** What commander would have written itself. */
interface Printed {
  out: string;
  err: string;
}

/** What the commands are given, and where they say how they ended. */
interface CommandContext {
  argv: string[];
  io: Io;
  speech: Speech;
  onEnd(code: number): void;
}

function createProgram(printed: Printed, context: CommandContext): Command {
  const program = new Command('portia')
    .version(context.io.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed.out += text;
      },
      writeErr: (text) => {
        printed.err += text;
      },
    })
    .helpCommand(false)
    .configureHelp({ formatHelp: () => ROOT_HELP })
    .showSuggestionAfterError(true);
  addGlobalOptions(program);
  for (const entry of COMMANDS) addCommand(program, entry, context);
  return program;
}

function addCommand(program: Command, entry: CommandEntry, { argv, io, speech, onEnd }: CommandContext): void {
  const command = program.command(`${entry.name} ${entry.parameters}`.trim()).description(entry.summary);
  command.usage(`${entry.parameters} [options]`.trim());
  command.allowExcessArguments();
  // The flags of commands that are not called are not needed; declaring them all takes 5 ms.
  if (!argv.includes(entry.name)) return;
  entry.addOptions?.(command);
  addGlobalOptions(command);
  command.configureHelp({ formatHelp: (_command, helper) => commandHelp(entry, command, helper) });
  command.action(async () => {
    const options = command.optsWithGlobals<AllOptions>();
    refuseMisuse(entry, command.args, options);
    const run = await LOADERS[entry.name]?.();
    if (run === undefined) throw new Error(`no loader for ${entry.name}`);
    onEnd(await run({ parameters: command.args, options, io, speech, runProgram: (other) => runProgram(other, io) }));
  });
}

function asPortiaError(error: unknown, argv: string[], printed: Printed): unknown {
  if (!(error instanceof CommanderError)) return error;
  const message = (printed.err === '' ? messageOf(error) : printed.err).replace(/^error: /, '').trim();
  const [what = '', ...hints] = message.split('\n');
  return new PortiaError('usage', `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, '')}.`, {
    why: hints.join(' ').replace(/^\((.*)\)$/, '$1') || whyNotTaken(error, argv),
    fix: fixFor(error, argv, hints.length > 0),
  });
}

/** Why a flag that other commands have is not one of this command, where people expect it. */
function whyNotTaken({ code, message }: CommanderError, [name]: string[]): string | undefined {
  if (code !== 'commander.unknownOption' || !/'(?:--yes|-y)'/.test(message)) return undefined;
  const calls = 'Calls of tools that act are allowed by --approve TOOL.';
  if (name === 'run-plan') return `run-plan needs none: whoever names a plan to run has approved it. ${calls}`;
  if (name === 'resume') return `resume needs none: the plan of the run was approved when it was started. ${calls}`;
  return `portia ${name ?? ''} does not ask for a yes.`;
}

/** A query or expression that begins with a dash is read as a flag; everything after -- is not. */
function fixFor(error: CommanderError, argv: string[], isTypo: boolean): string {
  const [name = ''] = argv;
  if (!COMMANDS.some((entry) => entry.name === name)) return 'portia --help';
  const help = `portia ${name} --help`;
  if (error.code !== 'commander.unknownOption' || !takesSentence(name) || isTypo) return help;
  const words = argv.slice(1);
  const place = words.findIndex((word) => error.message.includes(`'${word}'`));
  const [dashed = '…'] = place === -1 ? [] : words.splice(place, 1);
  return `${shellCommand(['portia', name, ...words, '--', dashed])}   # what begins with a dash\n${help}`;
}

const takesSentence = (name: string) => name === 'plan' || name === 'run' || name === 'eval';
