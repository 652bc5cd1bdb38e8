import type { Readable } from 'node:stream';

import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { Streams } from './streams.js';
import { wrapItems } from './text-width.js';

/** How a prompt ended. `interrupted`: Ctrl-C, Ctrl-D, a terminal that went away, or the caller's signal. */
export type Asked<Value> = { kind: 'answered'; value: Value } | { kind: 'later' } | { kind: 'interrupted' };

/** Where prompts are drawn. Ask `canPrompt` first: without a terminal a prompt would take piped data for an answer. */
export interface Terminal {
  streams: Pick<Streams, 'err' | 'terminal'>;
  look: Look;
}

export interface TextPrompt {
  message: string;
  default?: string | undefined;
  /** The default is on the line, to be edited there. */
  isEdited?: boolean | undefined;
  /** Typed characters are not shown. */
  isSecret?: boolean | undefined;
  /** In the editor of the user, for long text. */
  inEditor?: boolean | undefined;
  /** What is wrong with a text; undefined when it fits. Not asked about an empty text when `mayLeave` is set. */
  problemOf?: ((text: string) => string | undefined) | undefined;
  /** An empty answer leaves the question for later. */
  mayLeave?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Asks for a line of text. */
export async function askText(terminal: Terminal, prompt: TextPrompt): Promise<Asked<string>> {
  const prompts = await loadPrompts();
  const validate = (text: string): true | string => {
    if (prompt.mayLeave === true && text.trim() === '') return true;
    const problem = prompt.problemOf?.(text);
    return problem === undefined ? true : printable(problem);
  };
  const config = {
    message: oneLine(prompt.message),
    validate,
    ...(prompt.default === undefined ? {} : { default: prompt.default }),
    ...(prompt.isEdited === true && { prefill: 'editable' as const }),
  };
  const asked = await settle(terminal, prompt.signal, (context) => {
    if (prompt.isSecret === true) return prompts.password({ message: config.message, validate, mask: true }, context);
    return prompt.inEditor === true ? prompts.editor(config, context) : prompts.input(config, context);
  });
  return leaveEmpty(asked, prompt.mayLeave === true);
}

function leaveEmpty(asked: Asked<string>, mayLeave: boolean): Asked<string> {
  return mayLeave && asked.kind === 'answered' && asked.value.trim() === '' ? { kind: 'later' } : asked;
}

/** One line of a form. */
export interface FormField {
  name: string;
  message: string;
  /** Typed characters are not shown. */
  isSecret?: boolean | undefined;
  /** What is wrong with a text; undefined when it fits. */
  problemOf(text: string): string | undefined;
}

/** Asks for several texts, one after the other, and gives them by name. */
export async function askForm(terminal: Terminal, fields: FormField[]): Promise<Asked<Map<string, string>>> {
  const { createPromptModule } = await import('inquirer');
  const asked = await settle(terminal, undefined, (context) =>
    createPromptModule(context)<Record<string, string>>(
      fields.map(({ message, problemOf, isSecret = false }, index) => ({
        ...(isSecret ? { type: 'password' as const, mask: true } : { type: 'input' as const }),
        // By number: inquirer takes a dot in a name for a path.
        name: `field${index}`,
        message: oneLine(message),
        validate: (text: string) => {
          const problem = problemOf(text);
          return problem === undefined ? true : printable(problem);
        },
      })),
    ),
  );
  if (asked.kind !== 'answered') return asked;
  const texts = fields.map(({ name }, index): [string, string] => [name, asked.value[`field${index}`] ?? '']);
  return { kind: 'answered', value: new Map(texts) };
}

export interface NumberPrompt {
  message: string;
  /** What is wrong with a number; undefined when it fits. */
  problemOf(value: number): string | undefined;
  signal?: AbortSignal | undefined;
}

/** Asks for a number; an empty answer leaves it for later. */
export async function askNumber(terminal: Terminal, prompt: NumberPrompt): Promise<Asked<number>> {
  const { number } = await loadPrompts();
  const validate = (value: number | undefined): true | string => {
    if (value === undefined) return true;
    if (!Number.isFinite(value)) return 'This number is too large to be kept.';
    const problem = prompt.problemOf(value);
    return problem === undefined ? true : printable(problem);
  };
  const asked = await settle(terminal, prompt.signal, (context) =>
    number({ message: oneLine(prompt.message), step: 'any', required: false, validate }, context),
  );
  if (asked.kind !== 'answered') return asked;
  return asked.value === undefined ? { kind: 'later' } : { kind: 'answered', value: asked.value };
}

/** Asks for yes or no, without a way to leave it for later. Enter alone takes the default. */
export async function askYesNo(
  terminal: Terminal,
  prompt: { message: string; default: boolean; signal?: AbortSignal | undefined },
): Promise<Asked<boolean>> {
  const [yes, no] = prompt.default ? ['Y', 'n'] : ['y', 'N'];
  return askWord(terminal, {
    message: `${prompt.message} (${yes}/${no})`,
    read: (word) =>
      word === '' ? { value: prompt.default, shown: prompt.default ? 'yes' : 'no' } : YES_OR_NO.get(word),
    problem: 'Type y (yes) or n (no).',
    signal: prompt.signal,
  });
}

const YES = { value: true, shown: 'yes' };
const NO = { value: false, shown: 'no' };
const YES_OR_NO = new Map([
  ['y', YES],
  ['yes', YES],
  ['n', NO],
  ['no', NO],
]);

/** Asks for one word of a few, in any case, until it is one of them. */
async function askWord<Value>(
  terminal: Terminal,
  prompt: {
    message: string;
    /** What a word means, and how it is shown once it was given. */
    read(word: string): { value: Value; shown: string } | undefined;
    problem: string;
    signal: AbortSignal | undefined;
  },
): Promise<Asked<Value>> {
  const { input } = await loadPrompts();
  const read = (text: string) => prompt.read(text.trim().toLowerCase());
  const asked = await settle(terminal, prompt.signal, (context) =>
    input(
      {
        message: oneLine(prompt.message),
        validate: (text) => read(text) !== undefined || prompt.problem,
        transformer: (text, { isFinal }) => (isFinal ? terminal.look.colour.cyan(read(text)?.shown ?? text) : text),
        theme: { validationFailureMode: 'clear' },
      },
      context,
    ),
  );
  if (asked.kind !== 'answered') return asked;
  const meant = read(asked.value);
  return meant === undefined ? { kind: 'interrupted' } : { kind: 'answered', value: meant.value };
}

export interface Choice<Value> {
  /** Printable, on one line. */
  label: string;
  value: Value;
  /** Shown for the one that is pointed at, when the label is cut. */
  description?: string;
}

/** More options than this are searched by typing. */
const MOST_LISTED = 7;

/** Asks for one of several; the last choice leaves it for later. */
export async function askChoice<Value>(
  terminal: Terminal,
  prompt: { message: string; choices: Choice<Value>[]; signal?: AbortSignal | undefined },
): Promise<Asked<Value>> {
  const { select, search } = await loadPrompts();
  const message = oneLine(prompt.message);
  const later = { name: 'leave for later', value: { kind: 'later' } as Asked<Value> };
  const choices = prompt.choices.map(({ label, value, description }) => ({
    name: label,
    ...(description !== undefined && { description }),
    value: { kind: 'answered', value } as Asked<Value>,
  }));
  const asked = await settle(terminal, prompt.signal, (context) => {
    if (choices.length <= MOST_LISTED) {
      return select({ message, choices: [...choices, later], pageSize: MOST_LISTED + 1, loop: false }, context);
    }
    const source = (term: string | undefined) => {
      const wanted = (term ?? '').toLowerCase();
      return [...choices.filter((choice) => choice.name.toLowerCase().includes(wanted)), later];
    };
    return search({ message, source, pageSize: MOST_LISTED + 3 }, context);
  });
  return asked.kind === 'answered' ? asked.value : asked;
}

/** Words that mean the same as a letter at every prompt that has it. */
const WORDS = {
  y: 'yes',
  a: 'all',
  n: 'no',
  e: 'edit',
  r: 'refine',
  l: 'later',
  v: 'view',
  o: 'other',
  d: 'done',
  g: 'give up',
  h: 'happened',
  s: 'stop',
  w: 'why',
  k: 'keep',
} as const;

export type Key = keyof typeof WORDS;

export interface KeyChoice<Value> {
  key: Key;
  /** What it does, in a few words. */
  label: string;
  value: Value;
  /** Other words that mean it here. */
  also?: readonly string[];
}

/**
 * Asks for a letter, or its word, and the Enter key. The letters are explained before they are asked for; nothing is
 * answered by Enter alone.
 */
export async function askKey<Value>(
  terminal: Terminal,
  prompt: { message: string; keys: KeyChoice<Value>[]; signal?: AbortSignal | undefined },
): Promise<Asked<Value>> {
  const { look, streams } = terminal;
  const letters = prompt.keys.map(({ key }) => key);
  const legend = prompt.keys.map(({ key, label }) => ({ text: `${key} ${label}` }));
  const lines = wrapItems(legend, { width: look.columns, between: ` ${look.symbols.separator} ` });
  await streams.err.write(`${lines.map((line) => look.colour.dim(line)).join('\n')}\n`);
  const meanings = new Map(
    prompt.keys.flatMap(({ key, label, value, also = [] }) =>
      [key, WORDS[key], ...also].map((word) => [word, { value, shown: label }] as const),
    ),
  );
  return askWord(terminal, {
    message: `${prompt.message} (${letters.join('/')})`,
    read: (word) => meanings.get(word),
    problem: `Type one of these letters: ${letters.join(', ')}.`,
    signal: prompt.signal,
  });
}

/** What a person wants done with a plan. */
export type PlanDecision = 'run' | 'no' | 'edit' | 'refine' | 'view';

/** Asks whether the plan that was just shown may run. */
export async function askPlanApproval(
  terminal: Terminal,
  options: { canRefine: boolean; signal?: AbortSignal | undefined },
): Promise<Asked<PlanDecision>> {
  const asked = await askKey<PlanDecision | 'later'>(terminal, {
    message: 'Run this plan?',
    keys: [
      { key: 'y', label: 'Run it', value: 'run' },
      { key: 'n', label: 'No, do not run it', value: 'no' },
      { key: 'v', label: 'View everything', value: 'view' },
      { key: 'e', label: 'Edit it first', value: 'edit' },
      ...(options.canRefine
        ? [{ key: 'r', label: 'Refine it with a hint to the model', value: 'refine' } as const]
        : []),
      { key: 'l', label: 'Leave it for later', value: 'later' },
    ],
    signal: options.signal,
  });
  if (asked.kind !== 'answered') return asked;
  return asked.value === 'later' ? { kind: 'later' } : { kind: 'answered', value: asked.value };
}

/** What a person says about a project. */
export type TrustDecision = 'folder' | 'content' | 'no';

/** Asks whether the project that was just shown is trusted. Enter alone says no. */
export async function askTrust(
  terminal: Terminal,
  given?: Exclude<TrustDecision, 'no'>,
): Promise<Asked<TrustDecision>> {
  const { select } = await loadPrompts();
  const yes = [
    { name: 'Yes, this folder, also when it changes (my own)', value: 'folder' as const },
    { name: "Yes, exactly this content (somebody else's)", value: 'content' as const },
  ];
  const choices = [{ name: 'No', value: 'no' as const }, ...yes.filter(({ value }) => value === (given ?? value))];
  return settle<TrustDecision>(terminal, undefined, (context) =>
    select({ message: 'Do you trust this project?', choices, default: 'no', loop: false }, context),
  );
}

function loadPrompts() {
  return import('@inquirer/prompts');
}

interface PromptContext {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

const INTERRUPTIONS = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

/** Runs a prompt on the terminal and turns every way to interrupt it into `interrupted`. */
async function settle<Value>(
  terminal: Terminal,
  signal: AbortSignal | undefined,
  prompt: (context: PromptContext) => Promise<Value>,
): Promise<Asked<Value>> {
  const { input, output } = terminal.streams.terminal();
  const over = new AbortController();
  const stopWatching = watchForEnd(input, () => over.abort());
  const anySignal = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  try {
    return { kind: 'answered', value: await prompt({ input, output, signal: anySignal }) };
  } catch (error) {
    if (error instanceof Error && INTERRUPTIONS.has(error.name)) return { kind: 'interrupted' };
    throw error;
  } finally {
    stopWatching();
  }
}

/**
 * Calls back when the input ends. Ctrl-D on an empty line closes the reader of the prompt, which leaves the prompt
 * waiting for ever: its trace is that the input is paused right after that key.
 */
function watchForEnd(input: Readable, onEnd: () => void): () => void {
  const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    if (key?.ctrl === true && key.name === 'd') setImmediate(() => input.isPaused() && onEnd());
  };
  input.on('keypress', onKey);
  input.once('end', onEnd);
  return () => {
    input.off('keypress', onKey);
    input.off('end', onEnd);
  };
}
