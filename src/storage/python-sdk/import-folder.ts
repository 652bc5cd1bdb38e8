import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { endUserProblem, isEndUser, type EndUser } from '../../domain/run/end-user.js';
import type { Run } from '../../domain/run/run.js';
import { digestValue } from '../../domain/values/digest.js';
import { normaliseId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import type { FileSystem } from '../file-system.js';
import { readImportedValues, recordImport, withDigestsOfImported } from '../imported-values.js';
import { parseJsonOrThrow, readBytes } from '../read-file.js';
import type { Store } from '../store.js';
import { readPlanDocument, readRunDocument } from '../upgrade/upgrade.js';
import { listSdkFolder, type SdkFile } from './sdk-folder.js';

/** What became of one file. */
export interface ImportedFile {
  /** Below the folder. */
  file: string;
  kind: SdkFile['kind'];
  /** Of the plan, run or end user; null where the file does not say. */
  id: string | null;
  /** `same`: it is here already. `refused`: why says what is wrong with it. `left-out`: it is not of the Python SDK. */
  outcome: 'added' | 'same' | 'refused' | 'left-out';
  why: string | null;
  /** What a person should know of it. */
  warnings: string[];
  /** The request of a plan, the state of a run. */
  about: string | null;
}

export interface ImportOptions {
  store: Store;
  fs: FileSystem;
  /** Reads and verifies everything, and writes nothing. */
  isDry: boolean;
}

/**
 * Brings what the Python SDK stored in a folder into the project, under the same ids. What is here already stays as it
 * is, and a file that cannot be used does not keep the others away. Rejects only when nothing can be written.
 */
export async function importSdkFolder(folder: string, options: ImportOptions): Promise<ImportedFile[]> {
  const work = new FolderImport(options);
  const reports: ImportedFile[] = [];
  for (const file of listSdkFolder(folder, options.fs)) reports.push(await work.report(file));
  return reports;
}

type Found = Pick<ImportedFile, 'id' | 'outcome'> & Partial<Pick<ImportedFile, 'why' | 'warnings' | 'about'>>;

class FolderImport {
  readonly #options: ImportOptions;
  readonly #plans = new Map<PlanId, Plan>();
  readonly #refusedPlans = new Set<string>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  async report(file: SdkFile): Promise<ImportedFile> {
    const { id, outcome, why = null, warnings = [], about = null } = await this.#take(file);
    return { file: file.name, kind: file.kind, id, outcome, why, warnings, about };
  }

  async #take(file: SdkFile): Promise<Found> {
    try {
      switch (file.kind) {
        case 'plan':
          return await this.#takePlan(file);
        case 'run':
          return await this.#takeRun(file);
        case 'end-user':
          return await this.#takeEndUser(file);
        case 'other':
          return { id: null, outcome: 'left-out', why: file.why };
      }
    } catch (error) {
      // The next file would meet the same full disk.
      if (!(error instanceof PortiaError) || error.code === 'storage-failed') throw error;
      if (file.kind === 'plan') this.#refusedPlans.add(file.id);
      const id = 'id' in file ? file.id : null;
      return { id, outcome: 'refused', why: [error.message, error.details.why].filter(Boolean).join(' ') };
    }
  }

  async #takePlan({ id, path }: SdkFile & { kind: 'plan' }): Promise<Found> {
    const { store, isDry } = this.#options;
    const { document, createdAt } = this.#read(path);
    const read = readPlanDocument(document, { createdAt });
    if (read.hadId && read.plan.id !== id) throw otherId(read.plan.id);
    const plan = { ...read.plan, id };
    const kept = await store.readPlan(id);
    if (kept !== undefined && planDigest(kept) !== planDigest(plan)) throw takenId(id, 'plan');
    this.#plans.set(id, plan);
    if (kept === undefined && !isDry) await store.savePlan(plan);
    const about = plan.plan_context.query;
    return { id, outcome: kept === undefined ? 'added' : 'same', warnings: read.warnings, about };
  }

  async #takeRun(file: SdkFile & { kind: 'run' }): Promise<Found> {
    const { id, path, values: folder } = file;
    const { store, fs, isDry } = this.#options;
    const { document, createdAt } = this.#read(path);
    const plan = await this.#planOf(document);
    const { run, warnings } = readRunDocument(document, { createdAt, plan });
    if (run.id !== id) throw otherId(run.id);
    if (run.metadata.last_seq > 0) throw ownRun(id);
    if (plan === undefined && run.state !== 'COMPLETE') throw planMissing(run);
    if (fs.lstat(folder)?.isSymbolicLink() === true) throw linkedValues(folder);
    const values = readImportedValues(run, folder, fs);
    const about = run.state;
    if (await this.#isHere(id)) {
      if (!(await this.#isSame(file, document, plan))) throw takenId(id, 'run');
      return { id, outcome: 'same', warnings, about };
    }
    if (!isDry) {
      const log = await store.createRun(id);
      try {
        await recordImport(log, { run, values, document });
      } finally {
        await log.close();
      }
    }
    return { id, outcome: 'added', warnings, about };
  }

  /** The plan that a run of the folder names. Throws when it is there and cannot be used: then the run waits for it. */
  async #planOf(document: Json): Promise<Plan | undefined> {
    const id = isJsonObject(document) ? normaliseId(document['plan_id'], 'plan') : undefined;
    if (id === undefined) return undefined;
    if (this.#refusedPlans.has(id)) {
      throw new PortiaError('plan-missing', `Its plan ${id} was not imported.`, {
        why: 'Correct that first, then import the folder again.',
      });
    }
    return this.#plans.get(id) ?? (await this.#options.store.readPlan(id));
  }

  /** What was killed before its first event was whole is not a run: the next one takes its place. */
  async #isHere(id: RunId): Promise<boolean> {
    const { store } = this.#options;
    if (!(await store.has(id))) return false;
    const hasEvents = (await store.readEvents(id)).length > 0;
    return hasEvents || !('unreadable' in (await store.readRunBrief(id)));
  }

  /** Whether the run with this id is this one, however far it was continued here. */
  async #isSame({ id, values }: SdkFile & { kind: 'run' }, document: Json, plan: Plan | undefined): Promise<boolean> {
    const { store, fs } = this.#options;
    const [first] = await store.readEvents(id);
    if (first !== undefined) return first.type === 'run.imported' && first.digest === digestValue(document);
    const kept = (await store.readRun(id))?.run;
    if (kept === undefined) return false;
    const read = readRunDocument(document, { createdAt: kept.metadata.created_at, plan });
    return digestValue(await withDigestsOfImported(read.run, values, fs)) === digestValue(kept);
  }

  async #takeEndUser({ path }: SdkFile & { kind: 'end-user' }): Promise<Found> {
    const { store, isDry } = this.#options;
    const { document } = this.#read(path);
    if (!isJsonObject(document) || typeof document['external_id'] !== 'string') {
      return { id: null, outcome: 'left-out', why: 'It is not a plan, a run or an end user.' };
    }
    if (!isEndUser(document)) {
      throw new PortiaError('unreadable', 'It is not an end user.', { why: endUserProblem(document) });
    }
    const user = withoutBlanks(document);
    const kept = await store.readEndUser(user.external_id);
    if (kept !== undefined && digestValue(withoutBlanks(kept)) !== digestValue(user)) {
      throw takenId(user.external_id, 'end user');
    }
    if (kept === undefined && !isDry) await store.keepEndUser(user);
    return { id: user.external_id, outcome: kept === undefined ? 'added' : 'same', about: user.name ?? null };
  }

  #read(path: string): { document: Json; createdAt: string } {
    const file = readBytes(path, this.#options.fs, { followsLinks: false });
    if (file === undefined) throw new PortiaError('unreadable', `${path} is gone.`);
    return {
      document: parseJsonOrThrow(file.bytes, 'The file'),
      createdAt: new Date(file.changedAt).toISOString(),
    };
  }
}

/** The Python SDK writes an empty text where nothing is known. */
function withoutBlanks(user: EndUser): EndUser {
  const { name, email, phone_number, additional_data } = user;
  return {
    ...user,
    name: name || null,
    email: email || null,
    phone_number: phone_number || null,
    additional_data: additional_data ?? {},
  };
}

function otherId(id: string): PortiaError {
  return new PortiaError('unreadable', 'The file has the name of another one.', { why: `Its "id" is ${id}.` });
}

function takenId(id: string, what: string): PortiaError {
  return new PortiaError('stale', `${id} is here already, and is another ${what}.`, { why: 'Nothing is overwritten.' });
}

function ownRun(id: string): PortiaError {
  return new PortiaError('unreadable', `${id} is a run of portia's own.`, {
    why: 'It continues from its events, which are not in this file: export it where it is, and import what that gives.',
  });
}

function linkedValues(folder: string): PortiaError {
  return new PortiaError('unreadable', `${folder} is a symbolic link.`, {
    why: 'Links are not followed here, so that no other values are taken for those of the run.',
  });
}

function planMissing({ plan_id: planId, state }: Run): PortiaError {
  return new PortiaError('plan-missing', `Its plan ${planId} is not here.`, {
    why: `It is ${state}, and cannot be resumed without the plan.`,
    fix: portia('list', 'plans'),
  });
}
