import { dirname } from 'node:path';

import type { Settings } from '../config/settings.js';
import { userSettingsPath } from '../config/settings-file.js';
import type { Environment } from '../domain/environment.js';
import type { Redactor } from '../domain/values/redaction.js';
import type { Guests } from '../processes/guests.js';
import { BROWSER_TOOL } from '../tools/browser-host-name.js';
import type { BrowserPort } from '../tools/browser-port.js';
import type { CommandParts } from '../tools/programs/run-command.js';
import type { ProcessFacts } from './this-process.js';

interface Surroundings {
  place: { environment: Environment };
  process: Pick<ProcessFacts, 'node' | 'userId' | 'printError'>;
  tell?: { printed?: ((text: string) => Promise<void> | void) | undefined } | undefined;
}

interface ProgramParts {
  settings: Settings;
  projectRoot: string;
  redactor: Redactor;
  guests(): Promise<Guests>;
}

/** The programs of this machine that portia's own tools use. Nothing is loaded for them before somebody asks. */
export function toolPrograms(
  { place: { environment }, process, tell }: Surroundings,
  { settings, projectRoot, redactor, guests }: ProgramParts,
): { commands(): Promise<CommandParts>; browser: BrowserPort } {
  const commands = async () => {
    const { guestEnvironment } = await import('../processes/guest-environment.js');
    const print = printerOf(process, tell);
    return { guests, environment: guestEnvironment(environment, []), print, redact: redactor.text };
  };
  const browser = async () => {
    const { browserHere } = await import('./browser-here.js');
    return browserHere({
      environment,
      projectRoot,
      storageRoot: settings.storageDir.value,
      setting: (name) => settings.tools.settings.get(BROWSER_TOOL)?.get(name)?.value,
      node: process.node.path,
      isRoot: process.userId === 0,
      userFolder: dirname(userSettingsPath(environment)),
      guests,
    });
  };
  return {
    commands,
    browser: {
      find: async () => (await browser()).find(),
      start: async (...wanted) => (await browser()).start(...wanted),
    },
  };
}

/** Shows what programs and modules of others print. */
export function printerOf(process: Surroundings['process'], tell: Surroundings['tell']) {
  return async (text: string) => (tell?.printed ?? process.printError)(text);
}
