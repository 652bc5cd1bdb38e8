import type { Command } from 'commander';

/** What a flag gives, by its kind. */
interface FlagValues {
  switch: boolean;
  text: string;
  list: string[];
  count: number;
}

/** One flag of a command line. */
export interface Flag<Kind extends keyof FlagValues = keyof FlagValues> {
  kind: Kind;
  /** As help shows it: `-o, --out <file>`. */
  spelling: string;
  about: string;
  /** Throws a PortiaError `usage` for text that it does not take. */
  read?: ((text: string) => number) | undefined;
  /** All values that it takes, where there are only a few. */
  choices?: readonly string[] | undefined;
  /** In which printed commands it is repeated: those that start the same run, or also those that resume it. */
  again?: 'start' | 'resume' | undefined;
  /** Of a toggle: what its opposite, `--no-…`, says; for one that a setting switches on. */
  opposite?: string | undefined;
  /** How they spell it. Default: its long form. */
  printedAs?: string | undefined;
}

/** The flags of a command by the names that their values have: `outputOf` for `--output-of`. */
export type Flags = Readonly<Record<string, Flag>>;

/** The values of flags. Every name is there, so that no code can read a flag which a command does not offer. */
export type OptionsOf<Table extends Flags> = {
  [Name in keyof Table]: FlagValues[Table[Name]['kind']] | undefined;
};

type Again = Pick<Flag, 'again' | 'printedAs'>;
type Choices = Pick<Flag, 'choices'>;
type Opposite = Pick<Flag, 'opposite'>;

/** Makes a flag of each kind. */
export const flag = {
  toggle(spelling: string, about: string, rest: Again & Opposite = {}): Flag<'switch'> {
    return { kind: 'switch', spelling, about, ...rest };
  },
  text(spelling: string, about: string, rest: Again & Choices = {}): Flag<'text'> {
    return { kind: 'text', spelling, about, ...rest };
  },
  /** May be given more than once. */
  list(spelling: string, about: string, rest: Again & Choices = {}): Flag<'list'> {
    return { kind: 'list', spelling, about, ...rest };
  },
  count(spelling: string, about: string, rest: Again & Required<Pick<Flag, 'read'>>): Flag<'count'> {
    return { kind: 'count', spelling, about, ...rest };
  },
};

/** `--output-of` of `--output-of <name>`. */
export function longForm({ spelling }: Flag): string {
  return /--[\w-]+/.exec(spelling)?.[0] ?? spelling;
}

/** `--no-cached` of `--cached`; undefined for a flag without an opposite. */
export function oppositeForm(given: Flag): string | undefined {
  return given.opposite === undefined ? undefined : longForm(given).replace('--', '--no-');
}

/** Declares the flags to commander. */
export function declareFlags(command: Command, flags: Flags): void {
  for (const given of Object.values(flags)) {
    const { kind, spelling, about, read } = given;
    const opposite = oppositeForm(given);
    if (kind === 'list') command.option(spelling, about, collect);
    else if (read !== undefined) command.option(spelling, about, (value: string) => read(value));
    else command.option(spelling, about);
    if (opposite !== undefined) command.option(opposite, given.opposite);
  }
}

const collect = (value: string, earlier: string[] | undefined): string[] => [...(earlier ?? []), value];
