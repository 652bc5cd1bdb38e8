import { createKeyFileReader } from '../../config/key-file.js';
import { MODEL_ROLES } from '../../domain/values/model-roles.js';
import { originOf } from '../../models/providers/base-url.js';
import { chooseModel, nameOfKey } from '../../config/model-choice.js';
import { readTrustRecord, writeTrustRecord, type TrustRecord } from '../../config/trusted-projects.js';
import type { Environment } from '../../domain/environment.js';
import type { OpenedProject } from '../open-project.js';
import { realPathOf } from './real-path.js';
import { changesSince, recordOfContent, trustedContent, type TrustEntry } from './trusted-content.js';

/** Everything of a project that a yes is about. */
export interface TrustListing {
  /** Real path of the project's root: what a yes is kept for. */
  root: string;
  /** What the user said before; undefined when nothing. */
  record: TrustRecord | undefined;
  /** Whether that covers the project as it is. */
  isCovered: boolean;
  entries: ListedEntry[];
  /** The part that the user has not said yes to, with the files that are new or changed. */
  changes: ListedEntry[];
}

export interface ListedEntry extends TrustEntry {
  /** Of a server: the variable or file whose key would go there. */
  key?: string;
}

/** Reads every file that would run, and what the user said before. */
export async function listTrust(opened: OpenedProject, shell: Environment): Promise<TrustListing> {
  const { project, trust } = opened;
  const root = realPathOf(project.root) ?? project.root;
  const keys = keysByServer(opened);
  const content = await trustedContent([...trust.items, ...trust.local], project.root);
  const entries = content.map((entry): ListedEntry => {
    const key = entry.kind === 'server' ? keys.get(entry.what) : undefined;
    return key === undefined ? entry : { ...entry, key };
  });
  const record = readTrustRecord(root, shell);
  const changes: ListedEntry[] = record?.mode === 'folder' ? [] : changesSince(record, entries);
  return { root, record, isCovered: record !== undefined && changes.length === 0, entries, changes };
}

/** Keeps a yes to the listing, in the user's settings. */
export async function keepTrust(
  { root, entries }: TrustListing,
  { mode, now, shell }: { mode: TrustRecord['mode']; now: Date; shell: Environment },
): Promise<TrustRecord> {
  const record: TrustRecord = { root, mode, ...recordOfContent(entries), trusted_at: now.toISOString() };
  await writeTrustRecord(record, shell);
  return record;
}

/** Which key each server of the project would get if the project were trusted. */
function keysByServer({ project, trust, whole }: OpenedProject): Map<string, string> {
  const servers = [...trust.items, ...trust.local].filter(({ kind }) => kind === 'server').map(({ what }) => what);
  const sources = {
    settings: whole.settings,
    find: whole.variables,
    readKeyFile: createKeyFileReader(project.root),
    trustedOrigins: servers.filter((url) => URL.canParse(url)).map(originOf),
  };
  const keys = new Map<string, string>();
  for (const choice of MODEL_ROLES.map((role) => chooseModel(role, sources))) {
    if (choice.kind !== 'openai') continue;
    const url = choice.baseUrlFrom?.value;
    const name = nameOfKey(choice);
    if (url !== undefined && name !== null) keys.set(url, name);
  }
  return keys;
}
