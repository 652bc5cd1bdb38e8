import { plainCommand, spellAdvice, type SpellCommand } from '../domain/next-step.js';
import type { ErrorCode, PortiaError } from '../domain/errors.js';
import type { Usage } from '../domain/plan/plan.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { textWidth, wrapTo } from './text-width.js';

/** What a command adds to its error when it knows how it ends. */
export interface Ending {
  exitCode: number;
  /** Whether `portia resume` continues from here. */
  resumable: boolean;
  /** Commands in the fix as they must be typed here. */
  spell?: SpellCommand;
}

/** What went wrong and its code, wrapped, with the mark of a failure. */
export function failureHead(message: string, errorCode: ErrorCode, look: Look): string[] {
  const { colour, symbols } = look;
  const what = wrapTo(printable(message), look.columns - 2);
  const code = `[${errorCode}]`;
  const fits = textWidth(what.at(-1) ?? '') + 2 + 2 + code.length <= look.columns;
  const head = what.map((line, index) => `${index === 0 ? colour.red(symbols.failed) : ' '} ${colour.bold(line)}`);
  if (fits) head[head.length - 1] += `  ${colour.dim(code)}`;
  else head.push(`  ${colour.dim(code)}`);
  return head;
}

/** What, why and how to fix it, for people. Ends with a newline. */
export function errorView(error: PortiaError, look: Look): string {
  const { fix } = error.details;
  return `${[
    ...failureHead(error.message, error.code, look),
    ...section(
      'Why',
      error.details.why === undefined ? [] : wrapTo(printable(error.details.why), look.columns - 7),
      look,
    ),
    ...section('Fix', fix === undefined ? [] : printable(spellAdvice(fix, look.spell)).split('\n'), look),
  ].join('\n')}\n`;
}

// The lines of a fix are commands: they are never wrapped.
function section(name: string, lines: string[], look: Look): string[] {
  return lines.map((line, index) => `  ${index === 0 ? look.colour.bold(name) : '   '}  ${line}`);
}

/** The same as one line of JSON, for programs. Ends with a newline. */
export function errorJson(error: PortiaError, ending: Ending): string {
  return `${JSON.stringify({ error: errorRecord(error, ending) })}\n`;
}

/** An error as programs get it. */
export interface ErrorRecord {
  code: ErrorCode;
  message: string;
  why: string | null;
  fix: string | null;
  exit_code: number;
  retryable: boolean;
  resumable: boolean;
  plan_id?: string;
  run_id?: string;
  pointer?: string;
  /** What was spent on replies that could not be used. */
  usage?: Usage;
}

export function errorRecord(error: PortiaError, ending: Ending): ErrorRecord {
  const { why, fix, retryable, planId, runId, pointer, usage } = error.details;
  return {
    code: error.code,
    message: error.message,
    why: why ?? null,
    fix: fix === undefined ? null : spellAdvice(fix, ending.spell ?? plainCommand),
    exit_code: ending.exitCode,
    retryable: retryable ?? false,
    resumable: ending.resumable,
    ...(planId === undefined ? {} : { plan_id: planId }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** A warning on one line. Ends with a newline. */
export function warningView(message: string, look: Look): string {
  const [first = '', ...rest] = wrapTo(oneLine(message), look.columns - 2);
  const lines = [`${look.colour.yellow(look.symbols.warning)} ${first}`, ...rest.map((line) => `  ${line}`)];
  return `${lines.join('\n')}\n`;
}
