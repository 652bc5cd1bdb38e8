import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolders } from '../documents/make-folders.js';
import { digestText } from '../domain/values/digest.js';

/** Where Linux keeps it. */
const FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];
const OWN_FILE = 'machine-id';
const KEPT = 'kept:';

/** The id of this machine; empty where the system has none and none can be kept in `userFolder`. */
export function machineId(userFolder: string | undefined): string {
  return systemMachineId() ?? (userFolder === undefined ? '' : keptMachineId(userFolder));
}

/** The id that the system gives this machine; undefined where it gives none, as on macOS and in many containers. */
export function systemMachineId(): string | undefined {
  return FILES.map((file) => readId(file, /^[0-9a-f]{32}$/)).find((id) => id !== undefined);
}

/** The random id in the user's folder, made at the first call; empty where that cannot be written. */
export function keptMachineId(userFolder: string): string {
  const file = join(userFolder, OWN_FILE);
  const read = () => readId(file, /^[0-9a-f-]{36}$/);
  let id = read();
  if (id === undefined) {
    try {
      makeFolders(userFolder);
      writeFileSync(file, `${randomUUID()}\n`, { flag: 'wx', mode: 0o600 });
    } catch {
      // Another process made it at the same moment, or nobody can.
    }
    id = read();
  }
  return id === undefined ? '' : KEPT + id;
}

/**
 * Whether an id comes from the user's folder. Machines may share that folder, so the same id does not prove the same
 * machine.
 */
export function isKeptId(id: string): boolean {
  return id.startsWith(KEPT);
}

/** Tells the machine from others in records that travel, without giving its id away. */
export function machineMark(id: string): string {
  if (id === '') return '';
  const mark = digestText(id).slice(0, 32);
  return isKeptId(id) ? KEPT + mark : mark;
}

function readId(file: string, pattern: RegExp): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return pattern.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
