import { Command } from 'commander';
import { expect } from 'vitest';

import { declareFlags } from '../../src/cli/session/flags.js';
import { GLOBAL_FLAGS } from '../../src/cli/session/options.js';
import { ERROR_CODES } from '../../src/domain/errors.js';
import { COMMAND_FILES } from './command-files.js';
import type { Ended } from './portia.js';
import type { ErrorRecord } from '../../src/ui/error-view.js';
import { fitting } from './published-schemas.js';

/** The one error line of a command that failed: every key of the contract, and commands in its fix that exist. */
export function expectError({ code, signal, stderr }: Ended, wanted: { code: string; exit: number }): ErrorRecord {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{"error":'));
  expect({ stderr, lines: lines.length, signal }).toMatchObject({ lines: 1, signal: null });
  const { error } = fitting('error', JSON.parse(lines[0] ?? '')) as { error: ErrorRecord };
  expect({ ...error, exit: code }).toMatchObject({ code: wanted.code, exit: wanted.exit, exit_code: wanted.exit });
  expect(ERROR_CODES).toContain(error.code);
  expect(error).toMatchObject({ retryable: expect.any(Boolean), resumable: expect.any(Boolean) });
  expect(error.message.trim()).not.toBe('');
  expect(error.why === null || error.why.trim() !== '').toBe(true);
  expect(error.fix?.trim() ?? '', `what helps against: ${error.message}`).not.toBe('');
  for (const line of (error.fix ?? '').split('\n')) expectKnownCommand(line);
  return error;
}

/** A line that begins with portia names a command of ours, and only flags that it takes. */
export function expectKnownCommand(line: string): void {
  if (!line.startsWith('portia ')) return;
  const all = (line.match(/(?:\\.|[^\s'\\]+|'[^']*')+|#.*/g) ?? []).filter((word) => !word.startsWith('#')).slice(1);
  const words = all[0] === '-C' ? all.slice(2) : all;
  const command = new Command().exitOverride();
  declareFlags(command, GLOBAL_FLAGS);
  const name = words.find((word) => !word.startsWith('-')) ?? '';
  const known = COMMAND_FILES.get(name);
  expect(known === undefined ? words.filter((word) => word !== '--help') : [], line).toEqual([]);
  declareFlags(command, known?.file.flags ?? {});
  const flags = [...command.options.flatMap(({ short, long }) => [short, long]), '--help', '--'];
  for (const word of words.filter((each) => each.startsWith('-') && each !== '-')) {
    expect(flags, line).toContain(word.split('=')[0]);
    if (word === '--') return;
  }
}
