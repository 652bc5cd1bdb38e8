import { hostname } from 'node:os';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Environment } from '../domain/environment.js';

/** Makes a printable text a link to an absolute path or an address, where that is shown; it takes no room of its own. */
export type Link = (text: string, target: string | undefined) => string;

export const plainLink: Link = (text) => text;

/** Where links are shown: a stream of a terminal that knows them. */
export interface LinkPlace {
  isTerminal: boolean;
  environment: Environment;
  platform: string;
}

export function createLink(place: LinkPlace): Link {
  if (!hasLinks(place)) return plainLink;
  return (text, target) => {
    const address = target === undefined ? undefined : addressOf(target, place.environment);
    return address === undefined ? text : `${OPEN}${address}${END}${text}${OPEN}${END}`;
  };
}

const OPEN = '\u001b]8;;';
const END = '\u001b\\';

/** The text without links, for a program that may not know them. */
export function withoutLinks(text: string): string {
  return text.includes(OPEN)
    ? text.split(OPEN).reduce((before, part) => before + part.slice(part.indexOf(END) + 2))
    : text;
}

/** Addresses that do nothing but show something. */
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'file:']);

/** Without characters that act on a terminal: they are written in percent. */
function addressOf(target: string, { SSH_CONNECTION }: Environment): string | undefined {
  if (!isAbsolute(target) && !URL.canParse(target)) return undefined;
  const url = isAbsolute(target) ? pathToFileURL(target) : new URL(target);
  // The terminal is elsewhere, and would open a file of its own.
  if (url.protocol === 'file:' && SSH_CONNECTION !== undefined) url.hostname = hostname();
  return SCHEMES.has(url.protocol) ? url.href : undefined;
}

/**
 * Whether a stream shows links (OSC 8). FORCE_HYPERLINK decides; else it is a terminal that is known to, by the rules of the
 * package supports-hyperlinks. Colour has nothing to do with it.
 */
export function hasLinks({ isTerminal, environment, platform }: LinkPlace): boolean {
  const { FORCE_HYPERLINK: forced, CI, TEAMCITY_VERSION, TERM = '', TMUX, WT_SESSION } = environment;
  if (forced !== undefined) return forced === '' || Number.parseInt(forced, 10) !== 0;
  if (!isTerminal || TERM === 'dumb' || CI !== undefined || TEAMCITY_VERSION !== undefined) return false;
  if (WT_SESSION !== undefined) return true;
  if (platform === 'win32') return false;
  // Inside of another program, what is said of the terminal around it does not count.
  if (TMUX !== undefined) return environment['TERM_PROGRAM'] === 'tmux' && hasProgram(environment);
  if (TERM.startsWith('screen')) return false;
  return hasProgram(environment) || hasVte(environment) || TERM === 'alacritty' || TERM === 'xterm-kitty';
}

/** Since which version programs show links. */
const PROGRAMS: Readonly<Record<string, readonly number[]>> = {
  'iTerm.app': [3, 1],
  WezTerm: [20200620],
  vscode: [1, 72],
  ghostty: [0],
  zed: [0],
  tmux: [3, 4],
};

function hasProgram({ TERM_PROGRAM = '', TERM_PROGRAM_VERSION = '', CURSOR_TRACE_ID }: Environment): boolean {
  const since = Object.hasOwn(PROGRAMS, TERM_PROGRAM) ? PROGRAMS[TERM_PROGRAM] : undefined;
  if (since === undefined) return false;
  if (TERM_PROGRAM === 'vscode' && CURSOR_TRACE_ID !== undefined) return true;
  return isAtLeast(numbersOf(TERM_PROGRAM_VERSION), since);
}

/** VTE, the terminal of GNOME and others: `6003` or `0.60.3`. The first version with links, 0.50.0, crashes at them. */
function hasVte({ VTE_VERSION = '' }: Environment): boolean {
  const digits = /^(\d{1,2})(\d\d)$/.exec(VTE_VERSION);
  const numbers = digits === null ? numbersOf(VTE_VERSION) : [0, Number(digits[1]), Number(digits[2])];
  return isAtLeast(numbers, [0, 50, 1]);
}

function numbersOf(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  for (const [index, wanted] of least.entries()) {
    const have = version[index] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}
