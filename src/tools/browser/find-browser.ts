import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

import type { Json } from '../../domain/values/json.js';
import { BROWSER_TOOL } from '../browser-host-name.js';

const PACKAGE = 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export interface BrowserPlace {
  projectRoot: string;
  /** Of the shell. */
  path: string;
  /** A setting of the tool. */
  setting(name: string): Json | undefined;
  /** Whether this process has all rights, with which Chromium has no sandbox. */
  isRoot: boolean;
}

export interface BrowserFound {
  ok: true;
  playwright: string;
  executable: string;
  hasNoSandbox: boolean;
}

export type BrowserParts = BrowserFound | { ok: false; why: string; fix: string };

/** The package and the program, or which of them is missing and how to get it. */
export function findBrowser(place: BrowserPlace): BrowserParts {
  const playwright = findPackage(place);
  if (typeof playwright !== 'string') return playwright;
  const executable = findProgram(place);
  if (typeof executable !== 'string') return executable;
  const hasNoSandbox = place.setting('no_sandbox') === true;
  if (!place.isRoot || hasNoSandbox) return { ok: true, playwright, executable, hasNoSandbox };
  return {
    ok: false,
    why: 'Chromium does not start as root, because it has no sandbox there.',
    fix: `Run portia as another user; or, in a container of its own, set "no_sandbox": true: ${asSetting('no_sandbox', true)}`,
  };
}

type Missing = Extract<BrowserParts, { ok: false }>;

function findPackage({ projectRoot, setting }: BrowserPlace): string | Missing {
  const said = setting('playwright');
  if (typeof said === 'string') {
    const folder = resolve(projectRoot, said);
    if (existsSync(join(folder, 'package.json'))) return folder;
    return missing(`The package ${PACKAGE} is not in ${folder}, which the setting playwright names.`, INSTALL);
  }
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    return missing(`The package ${PACKAGE} is not installed beside portia.`, INSTALL);
  }
}

function findProgram({ projectRoot, path, setting }: BrowserPlace): string | Missing {
  const said = setting('executable');
  if (typeof said === 'string') {
    const file = resolve(projectRoot, said);
    return isProgram(file) ? file : missing(`${file} is not a program; the setting executable names it.`, GET_CHROMIUM);
  }
  const folders = path.split(delimiter).filter(isAbsolute);
  const candidates = [...folders.flatMap((folder) => PROGRAMS.map((name) => join(folder, name))), ...APPLICATIONS];
  return candidates.find(isProgram) ?? missing(`None of ${PROGRAMS.join(', ')} is in PATH.`, GET_CHROMIUM);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(why: string, fix: string): Missing {
  return { ok: false, why, fix };
}

const asSetting = (name: string, value: Json): string =>
  JSON.stringify({ tools: { settings: { [BROWSER_TOOL]: { [name]: value } } } });

const INSTALL =
  `npm install ${PACKAGE}   # where portia is installed; with -g when portia is\n` +
  `Or say where it is: ${asSetting('playwright', `./node_modules/${PACKAGE}`)}`;
const GET_CHROMIUM = `apt-get install chromium   # on Debian\nOr say where one is: ${asSetting('executable', '/usr/bin/chromium')}`;
