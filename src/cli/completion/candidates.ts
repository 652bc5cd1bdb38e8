import { FORMATS } from '../../config/layer.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import type { CommandAction, CommandRow, CommandTable } from '../session/command.js';
import { longForm, oppositeForm, type Flag } from '../session/flags.js';
import { GLOBAL_FLAGS } from '../session/options.js';

/** A word that can come next. */
export interface Candidate {
  word: string;
  about?: string | undefined;
}

/** What the words of a command line stand for, by what help calls them: `<run>` is a run. */
export interface KnownWords {
  /** Newest first. Of `plan`, `run`, `id`, `tool`, `glob`, `topic`. */
  ofKind(kind: string): Promise<Candidate[]>;
  /** Inputs that the plan takes, as it was named. */
  inputsOf(plan: string): Promise<Candidate[]>;
}

/** The words that can be meant by the last of `words`, which is being typed and may be empty. */
export async function candidatesFor(words: string[], commands: CommandTable, known: KnownWords): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const line = await readLine(words.slice(0, -1), commands);
  const all = new Map(
    (await nextWords(typed, line, { commands, known })).map((candidate) => [candidate.word, candidate]),
  );
  // A shell may put the word into the line as it is: a name in a plan must not become a command there.
  return [...all.values()].filter(({ word }) => word.startsWith(typed) && word !== typed && shellQuote(word) === word);
}

/** The words before the one that is typed. */
interface Line {
  name?: string | undefined;
  row?: CommandRow | undefined;
  /** Of the first parameter. */
  choices: readonly string[];
  /** What the command does for each of them, where those are different things. */
  actions: Readonly<Record<string, CommandAction>>;
  flags: Flag[];
  /** What --format can be here beside its usual choices. */
  reports: readonly string[];
  parameters: string[];
  /** The flag whose value comes next. */
  open?: Flag | undefined;
  /** After `--` nothing is a flag. */
  isPlain: boolean;
}

async function readLine(words: string[], commands: CommandTable): Promise<Line> {
  const line: Line = {
    flags: Object.values(GLOBAL_FLAGS),
    choices: [],
    actions: {},
    reports: [],
    parameters: [],
    isPlain: false,
  };
  for (const word of words) {
    const flag = line.isPlain ? undefined : line.flags.find(({ spelling }) => spelling.split(/[ ,]+/).includes(word));
    if (line.open !== undefined) line.open = undefined;
    else if (word === '--') line.isPlain = true;
    else if (flag !== undefined) line.open = takesValue(flag) ? flag : undefined;
    else if (word.startsWith('-') && !line.isPlain) continue;
    else if (line.name === undefined) {
      line.name = word;
      line.row = Object.hasOwn(commands, word) ? commands[word] : undefined;
      const file = (await line.row?.load())?.command;
      line.choices = file?.choices ?? [];
      line.actions = file?.actions ?? {};
      line.reports = file?.reports ?? [];
      line.flags.unshift(...Object.values(file?.flags ?? {}));
    } else line.parameters.push(word);
  }
  return line;
}

async function nextWords(
  typed: string,
  { name, row, choices, actions, flags, reports, parameters, open, isPlain }: Line,
  { commands, known }: { commands: CommandTable; known: KnownWords },
): Promise<Candidate[]> {
  if (open === GLOBAL_FLAGS.format) return wordsOf([...FORMATS, ...reports]);
  if (open?.choices !== undefined) return wordsOf(open.choices);
  if (open !== undefined) {
    const kind = valueOf(open);
    return kind.startsWith('name') && longForm(open) === '--input'
      ? known.inputsOf(parameters[0] ?? '')
      : known.ofKind(kind);
  }
  if (typed.startsWith('-') && !isPlain) return flags.flatMap(formsOf);
  if (name === undefined) return Object.entries(commands).map(([word, { summary }]) => ({ word, about: summary }));
  const [first = '', ...others] = parameters;
  const action = Object.hasOwn(actions, first) ? actions[first] : undefined;
  const given = action === undefined ? parameters : others;
  const kinds = (action ?? row)?.parameters.split(' ').filter((kind) => kind !== '') ?? [];
  const last = kinds.at(-1) ?? '';
  const kind = kinds[given.length] ?? (last.includes('...') ? last : undefined);
  if (kind === undefined) return [];
  const fixed = given.length === 0 ? wordsOf(action === undefined ? choices : (action.choices ?? [])) : [];
  return [...fixed, ...(await known.ofKind(kind.replace(/[<>[\].]/g, '')))];
}

function formsOf(flag: Flag): Candidate[] {
  const opposite = oppositeForm(flag);
  const own = { word: longForm(flag), about: flag.about };
  return opposite === undefined ? [own] : [own, { word: opposite, about: flag.opposite }];
}

const wordsOf = (words: readonly string[]): Candidate[] => words.map((word) => ({ word }));

const takesValue = ({ kind }: Flag): boolean => kind !== 'switch';

/** `tool` of `--stub <tool=value>`. */
function valueOf({ spelling }: Flag): string {
  return /<([\w-]+)/.exec(spelling)?.[1] ?? '';
}
