import type { Readable } from 'node:stream';

import type { Look } from './look.js';
import { oneLine, printable } from './printable.js';
import type { Streams } from './streams.js';

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
  /** What is wrong with a text; undefined when it fits. */
  problemOf(text: string): string | undefined;
}

/** Asks for several texts, one after the other, and gives them by name. */
export async function askForm(terminal: Terminal, fields: FormField[]): Promise<Asked<Map<string, string>>> {
  const { createPromptModule } = await import('inquirer');
  const asked = await settle(terminal, undefined, ({ input, output }) =>
    createPromptModule({ input, output })<Record<string, string>>(
      fields.map(({ message, problemOf }, index) => ({
        type: 'input' as const,
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
    if (!Number.isFinite(value)) return 'This is no number that can be kept.';
    const problem = prompt.problemOf(value);
    return problem === undefined ? true : printable(problem);
  };
  const asked = await settle(terminal, prompt.signal, (context) =>
    number({ message: oneLine(prompt.message), step: 'any', required: false, validate }, context),
  );
  if (asked.kind !== 'answered') return asked;
  return asked.value === undefined ? { kind: 'later' } : { kind: 'answered', value: asked.value };
}

/** Asks for yes or no, without a way to leave it for later. */
export async function askYesNo(
  terminal: Terminal,
  prompt: { message: string; default: boolean; signal?: AbortSignal | undefined },
): Promise<Asked<boolean>> {
  const { confirm } = await loadPrompts();
  return settle(terminal, prompt.signal, (context) =>
    confirm({ message: oneLine(prompt.message), default: prompt.default }, context),
  );
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

/** A letter to press, never `h`, which explains all of them. */
export type Key = 'y' | 'n' | 'e' | 'r' | 'l' | 'v' | 'd' | 'g';

/** Asks for a letter and the Enter key. Nothing is answered by Enter alone: it explains the letters. */
export async function askKey<Value>(
  terminal: Terminal,
  prompt: {
    message: string;
    keys: { key: Key; label: string; value: Value }[];
    signal?: AbortSignal | undefined;
  },
): Promise<Asked<Value>> {
  const { expand } = await loadPrompts();
  const choices = prompt.keys.map(({ key, label, value }) => ({ key, name: label, value: { chosen: value } }));
  const asked = await settle(terminal, prompt.signal, (context) =>
    expand({ message: oneLine(prompt.message), choices }, context),
  );
  return asked.kind === 'answered' ? { kind: 'answered', value: asked.value.chosen } : asked;
}

/** What a person wants done with a plan. */
export type PlanDecision = 'run' | 'no' | 'edit' | 'refine';

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

function loadPrompts() {
  return import('@inquirer/prompts');
}

interface PromptContext {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

const INTERRUPTIONS = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

/** Runs a prompt on the terminal and turns every way to break it off into `interrupted`. */
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
