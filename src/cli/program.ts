import { Command, CommanderError } from 'commander';

import { messageOf, PortiaError } from '../domain/errors.js';
import { COMMANDS, type CommandEntry } from './command-table.js';
import { EXIT } from './exit-codes.js';
import type { Invocation, Io } from './io.js';
import { commandHelp } from './command-help.js';
import { addGlobalOptions, type AllOptions } from './options.js';
import { reportError } from './report-error.js';

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
  answer: async () => (await import('./commands/answer.js')).runAnswerCommand,
  cancel: async () => (await import('./commands/cancel.js')).runCancelCommand,
  rm: async () => (await import('./commands/rm.js')).runRmCommand,
  tools: async () => (await import('./commands/tools.js')).runToolsCommand,
  doctor: async () => (await import('./commands/doctor.js')).runDoctorCommand,
  help: async () => (await import('./commands/help.js')).runHelpCommand,
};

/** Parses the arguments and runs the command. The only place where errors become exit codes. */
export async function runProgram(argv: string[], io: Io): Promise<number> {
  const chosen: { code: number | undefined } = { code: undefined };
  const printed: Printed = { out: '', err: '' };
  const program = createProgram(io, printed, (code) => {
    chosen.code = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return chosen.code ?? EXIT.failed;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.complete;
    return await reportError(asPortiaError(error, argv, printed), { argv, io });
  } finally {
    await io.streams.out.write(printed.out);
  }
}

/** What commander would have written itself. */
interface Printed {
  out: string;
  err: string;
}

function createProgram(io: Io, printed: Printed, onEnd: (code: number) => void): Command {
  const program = new Command('portia')
    .version(io.version, '-V, --version')
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
    .showSuggestionAfterError(true);
  addGlobalOptions(program);
  for (const entry of COMMANDS) addCommand(program, entry, { io, onEnd });
  return program;
}

function addCommand(program: Command, entry: CommandEntry, to: { io: Io; onEnd: (code: number) => void }): void {
  const command = program.command(`${entry.name} ${entry.parameters}`.trim()).description(entry.summary);
  command.usage(`${entry.parameters} [options]`.trim());
  entry.addOptions?.(command);
  addGlobalOptions(command);
  command.configureHelp({ formatHelp: (_command, helper) => commandHelp(entry, command, helper) });
  command.action(async () => {
    const run = await LOADERS[entry.name]?.();
    if (run === undefined) throw new Error(`no loader for ${entry.name}`);
    const options = command.optsWithGlobals<AllOptions>();
    to.onEnd(await run({ parameters: command.args, options, io: to.io }));
  });
}

function asPortiaError(error: unknown, argv: string[], printed: Printed): unknown {
  if (!(error instanceof CommanderError)) return error;
  const message = (printed.err === '' ? messageOf(error) : printed.err).replace(/^error: /, '').trim();
  const [what = '', ...hints] = message.split('\n');
  return new PortiaError('usage', `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, {
    why: hints.join(' ') || undefined,
    fix: fixFor(error, argv),
  });
}

/** A query that begins with a dash is read as a flag; everything after -- is not. */
function fixFor(error: CommanderError, argv: string[]): string {
  const [name = ''] = argv;
  const takesQuery = name === 'plan' || name === 'run';
  const known = COMMANDS.some((entry) => entry.name === name);
  if (error.code === 'commander.unknownOption' && takesQuery)
    return `portia ${name} -- "…"   (put -- before a query that begins with a dash)`;
  return known ? `portia ${name} --help` : 'portia --help';
}
