import { statSync } from 'node:fs';

import { errnoOf } from '../domain/errors.js';
import { describeThrown } from '../domain/values/thrown.js';

/** Why the system did not start a program, as a clause. */
export function whyNotStarted(error: unknown, { command, directory }: { command: string; directory: string }): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
        return `there is no folder ${directory}`;
      if (!command.includes('/')) return `there is no program ${command} in PATH`;
      if (statSync(command, { throwIfNoEntry: false }) === undefined) return `there is no program ${command}`;
      return `${command} cannot be started: the program that its first line names does not exist`;
    case 'EACCES':
      return `${command} cannot be started: it is not executable (chmod +x ${command})`;
    default:
      return `${command} cannot be started: ${describeThrown(error)}`;
  }
}
