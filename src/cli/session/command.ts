import type { ReportFormat } from '../../config/layer.js';
import type { Flags, OptionsOf } from './flags.js';
import type { Io, Speech } from './io.js';
import type { GlobalOptions } from './options.js';

/** One call of a command: its parameters as they were typed, its flags, and the world. */
export interface Invocation<Options = object> {
  parameters: string[];
  options: GlobalOptions & Options;
  io: Io;
  /** Called with how the command prints, once flags and settings are known: its errors are printed so. */
  onSpeech(speech: Speech): void;
  /** Is done once the command has ended, whatever it ended with. */
  onEnd(work: () => Promise<void>): void;
  program: Program;
}

/** The program that a command is a part of. */
export interface Program {
  commands: CommandTable;
  /** Runs another command line in the same way. Gives its exit code. */
  run(argv: string[]): Promise<number>;
}

/** All commands by name, in the order of the help. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

/** The groups of commands in the help. */
export const GROUPS = ['Core', 'Plans and runs', 'Tools and set-up'] as const;

/**
 * What is known of a command before it is called. Importing files is most of the start-up time, so its file is loaded
 * only then.
 */
export interface CommandRow {
  /** As commander writes them: `<plan>` or `[query]`. */
  parameters: string;
  group: (typeof GROUPS)[number];
  summary: string;
  /** Whether it drives a run, whose events --events can have. */
  drives?: true;
  load(): Promise<{ command: CommandFile }>;
}

/** One of several things that a command does, which its first parameter names. */
export interface CommandAction {
  /** What follows its name, as commander writes it. */
  parameters: string;
  /** All words that can follow its name, where there are only a few. */
  choices?: readonly string[];
  summary: string;
  /** Shown by `portia <name> <action> --help` below the summary. */
  about?: string;
  /** Those flags of the command that it takes. */
  flags: Flags;
}

/** What the file of a command says of it. */
interface Described {
  /** Shown by `portia <name> --help` below the summary. */
  about?: string;
  /** All words that its first parameter can be, where there are only a few. */
  choices?: readonly string[];
  /** What it does for each of them, where those are different things. */
  actions?: Readonly<Record<string, CommandAction>>;
  /** Command lines with a remark; every one of them is run by a test. */
  examples: [line: string, remark: string][];
  /** Whether --format value has something to print. */
  hasValue?: true;
  /** What else --format can be. */
  reports?: readonly ReportFormat[];
  /** Why it does not take --yes, where people expect it. */
  whyNoYes?: string;
}

/** One command, as the program uses it. */
export interface CommandFile extends Described {
  flags: Flags;
  /** The options must be what its flags gave. */
  run: (invocation: Invocation<never>) => Promise<number>;
}

/** A command: it can read the flags that it offers, those of every command, and no others. */
export function defineCommand<Table extends Flags>(
  parts: Described & {
    flags: Table;
    run: (invocation: Invocation<OptionsOf<NoInfer<Table>>>) => Promise<number>;
  },
): CommandFile {
  return parts;
}
