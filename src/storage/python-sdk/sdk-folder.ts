import { join } from 'node:path';

import { normaliseId, type PlanId, type RunId } from '../../domain/values/ids.js';
import type { FileSystem } from '../file-system.js';
import { listFolder } from '../list-ids.js';

/** A file of the Python SDK's disk storage, by what its name says. */
export type SdkFile = {
  /** Below the folder. */
  name: string;
  path: string;
} & (
  | { kind: 'plan'; id: PlanId }
  | {
      kind: 'run';
      id: RunId;
      /** Where large values of the run are. */
      values: string;
    }
  /** Every other JSON file may be an end user: its name is the end user's id. */
  | { kind: 'end-user' }
  | { kind: 'other'; why: string }
);

/** Where people put the files by hand, as portia keeps its own. */
const OWN_FOLDERS: ReadonlySet<string> = new Set(['plans', 'runs']);

/** The kinds in the order in which they are imported: a run needs its plan. */
const ORDER: readonly SdkFile['kind'][] = ['plan', 'end-user', 'run', 'other'];

/** What is in a folder that the Python SDK stored to. No name leads out of it, and no link is followed. */
export function listSdkFolder(folder: string, fs: FileSystem): SdkFile[] {
  const files = filesIn(folder, '', fs);
  return files.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function filesIn(folder: string, prefix: string, fs: FileSystem): SdkFile[] {
  const names = listFolder(folder, fs).sort();
  const there = new Set(names);
  return names.flatMap((own): SdkFile[] => {
    const path = join(folder, own);
    const name = `${prefix}${own}`;
    const isFolder = fs.lstat(path)?.isDirectory() === true;
    if (!isFolder) return [{ name, path, ...kindOf(own, path) }];
    if (prefix === '' && OWN_FOLDERS.has(own)) return filesIn(path, `${own}/`, fs);
    if (there.has(`${own}.json`) && kindOf(`${own}.json`, path).kind === 'run') return [];
    return [{ name: `${name}/`, path, kind: 'other', why: 'It is not the folder of a run that is here.' }];
  });
}

/** Whether a file with this name, without its folder, holds a plan or a run. */
export function isSdkRecordName(name: string): boolean {
  const { kind } = kindOf(name, name);
  return kind === 'plan' || kind === 'run';
}

type Kind = SdkFile extends infer File ? (File extends SdkFile ? Omit<File, 'name' | 'path'> : never) : never;

function kindOf(name: string, path: string): Kind {
  if (!name.endsWith('.json')) return { kind: 'other', why: 'It is not a JSON file.' };
  const bare = name.slice(0, -'.json'.length);
  const planId = bare.startsWith('plan-') ? normaliseId(bare, 'plan') : undefined;
  if (planId !== undefined) return { kind: 'plan', id: planId };
  const runId = /^(?:prun|workflow)-/.test(bare) ? normaliseId(bare.replace(/^workflow-/, 'prun-'), 'prun') : undefined;
  if (runId !== undefined) return { kind: 'run', id: runId, values: path.replace(/\.json$/, '') };
  return { kind: 'end-user' };
}
