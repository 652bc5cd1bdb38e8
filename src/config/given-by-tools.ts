import { RUN_COMMAND_TOOL } from '../domain/values/opt-in-tools.js';
import { BROWSER_TOOL } from '../tools/browser-host-name.js';
import { isOwnMachine } from '../domain/values/own-machine.js';
import { MAIL_TOOL } from '../tools/builtin/mail-tool.js';

/** Whether a setting names variables that a built-in tool gives away. Modules need trust as a whole. */
export function namesVariables(tool: string, name: string): boolean {
  return (tool === RUN_COMMAND_TOOL && name === 'env') || (tool === MAIL_TOOL && name === 'password_env');
}

/** What of a project's settings for the browser starts a program, or lets it do more than it may. */
const OF_BROWSER = new Set(['executable', 'playwright', 'no_sandbox', 'private_network']);

export function loosensBrowser(tool: string, name: string): boolean {
  return tool === BROWSER_TOOL && OF_BROWSER.has(name);
}

/** Whether a setting names a server, off this machine, that gets mail. */
export function namesMailServer(tool: string, name: string, host: string): boolean {
  return tool === MAIL_TOOL && name === 'host' && !isOwnMachine(host);
}
