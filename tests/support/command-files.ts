import { COMMANDS } from '../../src/cli/command-table.js';
import type { CommandFile, CommandRow } from '../../src/cli/session/command.js';

interface KnownCommand {
  row: CommandRow;
  file: CommandFile;
}

/** Every command with its file, by name, in the order of the help. */
export const COMMAND_FILES: ReadonlyMap<string, KnownCommand> = new Map(
  await Promise.all(
    Object.entries(COMMANDS).map(async ([name, row]): Promise<[string, KnownCommand]> => {
      const { command: file } = await row.load();
      return [name, { row, file }];
    }),
  ),
);
