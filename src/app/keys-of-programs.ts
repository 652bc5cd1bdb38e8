import type { ModelChoice, ModelKey } from '../config/model-choice.js';
import type { Environment } from '../domain/environment.js';
import { homeFolder } from '../config/settings-file.js';
import type { Guests } from '../processes/guests.js';
import type { OpenedProject } from './open-project.js';

export interface KeysOfPrograms {
  /** The choice with the key that a program prints. Rejects with a PortiaError when it prints none. */
  withKey(this: void, choice: ModelChoice): Promise<ModelChoice>;
  /** Tells of each key that a program printed, so that it is never shown. */
  whenKeyComes(this: void, told: (key: ModelKey) => void): void;
}

/** The keys that programs print, each asked when it is first needed. */
export function keysOfPrograms(
  { settings, variables, refuseOthers }: OpenedProject,
  options: { environment: Environment; projectRoot: string; guests(): Promise<Guests> },
): KeysOfPrograms {
  const listeners: ((key: ModelKey) => void)[] = [];
  return {
    whenKeyComes: (told) => void listeners.push(told),
    async withKey(choice: ModelChoice): Promise<ModelChoice> {
      if (choice.kind !== 'openai' || choice.keyCommand === undefined) return choice;
      const { environment, projectRoot } = options;
      const { keyCommand } = choice;
      const isOfProject = keyCommand.origin === 'project';
      // A project must not put a program of its own in the place of one that the user names.
      const directory = isOfProject ? projectRoot : homeFolder(environment);
      if (isOfProject) {
        const { filesOfProgram } = await import('./trust/trusted-content.js');
        const place = { root: projectRoot, cwd: projectRoot };
        await refuseOthers(filesOfProgram({ command: [...keyCommand.value] }, place));
      }
      const { keyFromCommand } = await import('./key-command.js');
      const { guestEnvironment } = await import('../processes/guest-environment.js');
      const named = settings.execEnv.map(variables).filter((variable) => variable !== undefined);
      const key = await keyFromCommand(keyCommand, {
        guests: await options.guests(),
        directory,
        // The user's own program sees what it would see in the user's shell.
        environment: isOfProject ? guestEnvironment(environment, named) : environment,
      });
      for (const told of listeners) told(key);
      return { ...choice, key };
    },
  };
}
