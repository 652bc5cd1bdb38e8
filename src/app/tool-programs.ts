import { dirname } from 'node:path';

import type { Settings } from '../config/settings.js';
import { userSettingsPath } from '../config/settings-file.js';
import type { Environment } from '../domain/environment.js';
import type { Redactor } from '../domain/values/redaction.js';
import type { Guests } from '../processes/guests.js';
import { findBrowser } from '../tools/browser/find-browser.js';
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
  const setting = (name: string) => settings.tools.settings.get(BROWSER_TOOL)?.get(name)?.value;
  const find = () =>
    findBrowser({ projectRoot, path: environment['PATH'] ?? '', setting, isRoot: process.userId === 0 });
  return {
    commands,
    browser: {
      async find() {
        const found = find();
        return found.ok ? { ok: true, facts: { browser: found.executable } } : found;
      },
      async start(options, signal) {
        const found = find();
        if (!found.ok) throw new Error(`${found.why} ${found.fix}`);
        const { startBrowser } = await import('./start-browser.js');
        const place = {
          found,
          environment,
          projectRoot,
          storageRoot: settings.storageDir.value,
          node: process.node.path,
          userFolder: dirname(userSettingsPath(environment)),
          guests,
          mayBePrivate: setting('private_network') === true,
        };
        return startBrowser(place, options, signal);
      },
    },
  };
}

/** Shows what programs and modules of others print. */
export function printerOf(process: Surroundings['process'], tell: Surroundings['tell']) {
  return async (text: string) => (tell?.printed ?? process.printError)(text);
}
