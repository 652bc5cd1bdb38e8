import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { digestText } from '../domain/values/digest.js';
import { isJsonObject } from '../domain/values/json.js';
import { guestEnvironment } from '../processes/guest-environment.js';
import type { Guests } from '../processes/guests.js';
import { makeFolders } from '../documents/make-folders.js';
import { writeFileSafely } from '../storage/safe-write.js';
import { BrowserProcess } from '../tools/browser/browser-process.js';
import type { BrowserFound } from '../tools/browser/find-browser.js';
import { Gate } from '../tools/browser/gate.js';
import { readActed } from '../tools/browser/protocol.js';
import { boundHost } from '../tools/browser-host-name.js';
import type { BrowserSession, Download, SessionOptions } from '../tools/browser-port.js';
import { builtLibrary } from './built-package.js';

/** What a browser is started with here. */
interface BrowserLaunch {
  /** Where it and the package that drives it are. */
  found: BrowserFound;
  /** Of the shell. */
  environment: Environment;
  projectRoot: string;
  /** Absolute path of the folder that holds runs/. */
  storageRoot: string;
  /** Absolute path of Node. */
  node: string;
  /** Absolute path of the user's own settings: sessions are kept there. */
  userFolder: string;
  guests(): Promise<Guests>;
  /** Whether pages of the own network may be opened. */
  mayBePrivate: boolean;
}

/** Starts Chromium on this machine. Rejects as the port does. */
export async function startBrowser(
  launch: BrowserLaunch,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<BrowserSession> {
  const { found, node, environment, mayBePrivate } = launch;
  const password = randomBytes(16).toString('hex');
  const guests = await launch.guests();
  const gate = await Gate.open({ password, mayBePrivate });
  const folder = mkdtempSync(join(tmpdir(), 'portia-browser-'));
  const program = join(dirname(builtLibrary()), 'browser-host.cjs');
  const { isBound, hasWindow = false } = options;
  const screen = hasWindow ? screenOf(environment) : [];
  const browser = new BrowserProcess({
    ...{ guests, node, program, folder },
    environment: guestEnvironment(environment, screen),
  });
  const kept = sessionFile(launch, options);
  const setup = {
    ...found,
    hasWindow,
    proxy: { server: `http://127.0.0.1:${gate.port}`, username: 'portia', password },
    folder,
    host: isBound ? boundHost(options.start) : null,
    state: existsSync(kept) ? kept : null,
  };
  const downloads: Download[] = [];
  const end = async () => {
    gate.close();
    await browser.end();
  };
  try {
    await browser.ask({ ask: 'start', setup }, signal);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    downloads,
    async act(action, during) {
      const { view, downloads: loaded } = readActed(await browser.ask({ ask: 'act', action }, during));
      const notes = [...gate.refusals()];
      for (const download of loaded) {
        const file = keepDownload(download, launch, options);
        if (file === undefined)
          notes.push(`The download of ${download.name} was dropped: there is no run to keep it in.`);
        else downloads.push({ ...download, file });
      }
      return { ...view, notes: [...view.notes, ...notes] };
    },
    async keep(during) {
      const state = await browser.ask({ ask: 'state' }, during);
      if (isJsonObject(state)) writeFileSafely(kept, JSON.stringify(state), { withFolders: true });
      return state !== null;
    },
    end,
  };
}

/** For one project, one end user and one host. */
function sessionFile({ userFolder, projectRoot }: BrowserLaunch, { start, endUserId }: SessionOptions): string {
  const owner = [projectRoot, endUserId, boundHost(start)].join('\n');
  return join(userFolder, 'browser', `${digestText(owner)}.json`);
}

/** Variables with which a program finds the screen and may use it, where there is X11 or Wayland. */
function screenOf(shell: Environment): { name: string; value: string }[] {
  const authority = shell['XAUTHORITY'] ?? join(shell['HOME'] ?? '', '.Xauthority');
  const given = Object.entries({ ...shell, XAUTHORITY: authority });
  return given.flatMap(([name, value]) => (SCREEN.has(name) && value !== undefined ? [{ name, value }] : []));
}

const SCREEN = new Set(['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR']);

/** Where the run keeps it, under a name that no page chose; undefined without a run on the disk. */
function keepDownload(
  { file }: Download,
  { storageRoot }: BrowserLaunch,
  { runId }: SessionOptions,
): string | undefined {
  const ofRun = join(storageRoot, 'runs', runId ?? '');
  if (runId === null || !existsSync(ofRun)) return undefined;
  const memory = join(ofRun, 'memory');
  if (!existsSync(memory)) makeFolders(memory);
  const target = join(memory, `${randomBytes(16).toString('hex')}.download`);
  copyFileSync(file, target);
  return target;
}
