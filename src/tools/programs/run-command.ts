import { resolve } from 'node:path';

import { textsOf } from '../../domain/values/json.js';
import { RUN_COMMAND_TOOL } from '../../domain/values/opt-in-tools.js';
import type { Command, ToolContext, ToolResult } from '../tool.js';
import { MOST_OUTPUT_BYTES } from './program-output.js';
import { notStarted } from './program-result.js';
import { callVariables, type ProgramParts } from './program-tool.js';
import { runProgram, type EndedProgram } from './run-program.js';

/** How many characters of the beginning of what it writes, and of the end of what it prints, are in the result. */
const MOST_STDOUT = 1_000_000;
const MOST_STDERR = 20_000;

/** What commands need from outside. */
export type CommandParts = Pick<ProgramParts, 'guests' | 'environment' | 'print' | 'redact'>;

/**
 * Runs a command in the project's root, with the variables of every program and those that the setting `env` names. Gives
 * `{exit_code, signal, stdout, stderr, truncated}`. Throws when it may have acted and nobody knows.
 */
export async function runCommand(command: Command, context: ToolContext, parts: CommandParts): Promise<ToolResult> {
  const { environment, signal } = context;
  const { projectRoot } = environment;
  const [first = '', ...words] = command.words;
  const program = first.includes('/') ? resolve(projectRoot, first) : first;
  const ended = await runProgram({
    guests: await parts.guests(),
    command: program,
    args: words,
    environment: { ...parts.environment, ...namedVariables(environment), ...callVariables(context) },
    directory: projectRoot,
    input: command.input,
    signal,
    mostLastWords: MOST_STDERR + 1,
    progress: (report) => context.progress(report),
    print: parts.print,
    redact: parts.redact,
  });
  if ('error' in ended) return notStarted(ended.error, { command: program, directory: projectRoot });
  const { end, output } = ended;
  if (output.isTooMuch) {
    throw new Error(`${first} wrote more than ${MOST_OUTPUT_BYTES / 1024 / 1024} MB to standard output, and was ended`);
  }
  return resultOf(first, ended, isSuccess(end.code, command));
}

/** Variables that `tools.settings.run_command_tool.env` names. */
function namedVariables({ setting, variable }: ToolContext['environment']): Record<string, string | undefined> {
  const names = textsOf(setting(RUN_COMMAND_TOOL, 'env'));
  return Object.fromEntries(names.map((name) => [name, variable(name)]));
}

function isSuccess(code: number | null, { exitCodes }: Command): boolean {
  return exitCodes === undefined || (code !== null && exitCodes.includes(code));
}

function resultOf(program: string, { end, output, lastWords }: EndedProgram, isGood: boolean): ToolResult {
  const how = end.signal === null ? `exited with code ${end.code}` : `was ended by ${end.signal}`;
  if (!isGood) {
    const said = lastWords.trim().slice(-2_000);
    const words = said === '' ? ', and wrote nothing to standard error' : `: ${said}`;
    return { kind: 'failure', message: `${program} ${how}${words}`, retryable: true };
  }
  const written = new TextDecoder().decode(output.bytes());
  const stdout = written.slice(0, MOST_STDOUT).replace(/[\uD800-\uDBFF]$/, '');
  const stderr = lastWords.slice(-MOST_STDERR).replace(/^[\uDC00-\uDFFF]/, '');
  const truncated = stdout.length < written.length || stderr.length < lastWords.length;
  return {
    kind: 'output',
    value: { exit_code: end.code, signal: end.signal, stdout, stderr, truncated },
    ...(end.code !== 0 && { warnings: [`${program} ${how}.`] }),
  };
}
