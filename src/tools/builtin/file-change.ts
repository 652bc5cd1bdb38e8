import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';

import { errnoOf } from '../../domain/errors.js';
import { changedCodeReason } from '../code-files.js';
import type { HeldFolder } from '../held-folder.js';
import { notDone } from '../not-done.js';
import { explainFileError, locateFile, type LocatedFile } from '../paths.js';
import type { Inspection, InspectionContext, ToolEnvironment, ToolResult } from '../tool.js';

/** A file that is moved, copied or deleted, as its tool was asked. */
export interface FileChange {
  /** `read`: it stays as it is. */
  purpose: 'read' | 'write';
  from: string;
  /** For the person who is asked, such as `It moves`. */
  does: string;
  /** The beginning of why it is not done, such as `Cannot move`. */
  cannot: string;
}

/** A file that is moved or copied. */
export interface FileTransfer extends FileChange {
  /** A new name of it; there is no file of that name yet. */
  to: string;
}

/** Asks about a change, and notes what the file is like now. */
export async function inspectChange(
  change: FileChange | FileTransfer,
  { environment }: InspectionContext,
): Promise<Inspection> {
  const newName = 'to' in change ? change.to : undefined;
  const from = await locateFile(change.from, change.purpose, environment);
  const to = newName === undefined ? undefined : await locateFile(newName, 'write', environment);
  // Nobody is asked about a call that `run` will refuse.
  const nothing: Inspection = { consent: 'allow', facts: { state: null } };
  if (!from.ok || from.stats === undefined || to?.ok === false || to?.stats !== undefined) return nothing;
  const { stats } = from;
  const facts = { state: stateOf(stats) };
  const note = `${change.does} ${from.shown} (${shownSize(stats)})${to === undefined ? '' : ` to ${to.shown}`}`;
  const ofOld = change.purpose === 'write' ? await changedCodeReason(change.from, from, environment) : undefined;
  const code =
    ofOld ??
    (newName === undefined || to === undefined ? undefined : await changedCodeReason(newName, to, environment));
  if (code !== undefined) return { consent: 'ask', facts, note: `${note}, ${code}.`, mustAsk: true };
  return { consent: 'ask', facts, note: `${note}.` };
}

/** `1 byte` or `12 bytes`. */
export function shownSize({ size }: Pick<Stats, 'size'>): string {
  return size === 1 ? '1 byte' : `${size} bytes`;
}

/** What a file is, without its content; moving it does not change that. */
export function stateOf({ dev, ino, size, mtimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs].join(':');
}

/** What has the name in the folder now, if anything. */
export async function statsIn(folder: HeldFolder, file: LocatedFile): Promise<Stats | undefined> {
  try {
    return await folder.reach(path.basename(file.path), (name) => lstat(name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Why a change is not made, as a sentence. */
export class ChangeRefused extends Error {}

/** Locates the file and makes the change; whatever is in its way is a failure. */
export async function makeChange(
  change: FileChange,
  environment: ToolEnvironment,
  make: (from: LocatedFile) => Promise<ToolResult>,
): Promise<ToolResult> {
  const from = await locateFile(change.from, change.purpose, environment);
  if (!from.ok) return notDone(from.message);
  try {
    return await make(from);
  } catch (error) {
    const subject = `${change.cannot} ${JSON.stringify(change.from)}: `;
    if (error instanceof ChangeRefused) return notDone(`${subject}${error.message}`);
    return { kind: 'failure', message: `${subject}${explainFileError(error)}`, retryable: false };
  }
}

/** The same with the place of the new name. */
export async function makeTransfer(
  transfer: FileTransfer,
  environment: ToolEnvironment,
  make: (from: LocatedFile, to: LocatedFile) => Promise<ToolResult>,
): Promise<ToolResult> {
  return makeChange(transfer, environment, async (from) => {
    const to = await locateFile(transfer.to, 'write', environment);
    return to.ok ? make(from, to) : notDone(to.message);
  });
}

/** Refuses a name that has a file. */
export function refuseTaken(to: LocatedFile, stats: Stats | undefined): void {
  if (stats === undefined) return;
  throw new ChangeRefused(`${to.shown} exists already. Use another name, or delete that file first.`);
}

/** Refuses a file that is gone, or is not what it was when the call was decided on. */
export function refuseOther(stats: Stats | undefined, state: unknown): void {
  if (stats === undefined) throw new ChangeRefused('no file has this name.');
  if (stateOf(stats) !== state)
    throw new ChangeRefused('it was changed by somebody else since the call was decided on, and was left alone.');
}
