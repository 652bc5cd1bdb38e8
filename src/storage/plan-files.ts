import { dirname, join } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import type { PlanComment } from '../domain/run/plan-comment.js';
import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import { isPlanId, type Now, type PlanId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import { CommentFiles } from './comment-files.js';
import { syncFolder, type FileSystem } from './file-system.js';
import { idOfFile, listFolder, sortByAge } from './list-ids.js';
import { keepNewest } from './newest-time.js';
import { noSuchPlan } from './no-such-plan.js';
import { noSuchComment } from './plan-comments.js';
import type { ProcessIdentity } from './process-identity.js';
import { planText, refuseOtherContent, refuseOtherId } from './plan-text.js';
import { readExchanges } from './read-exchanges.js';
import { parseJsonOrThrow, parseTextOrThrow, readBytes, textOf } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { shared } from './shared-act.js';
import { storageError } from './storage-error.js';
import { clearTemporaries } from './temporary-files.js';

export interface PlanFilesOptions {
  fs: FileSystem;
  now: Now;
  /** This process. */
  self: () => ProcessIdentity;
  onCreated: (folder: string) => void;
}

/** The folder `plans/`. */
export class PlanFiles {
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #options: PlanFilesOptions;
  readonly #comments: CommentFiles;
  #isCleared = false;

  constructor(folder: string, options: PlanFilesOptions) {
    this.#folder = folder;
    this.#fs = options.fs;
    this.#options = options;
    this.#comments = new CommentFiles(join(folder, 'comments'), options);
  }

  async save(plan: Plan, exchanges: readonly PlanningExchange[] = []): Promise<void> {
    if (!isPlanId(plan.id)) throw noSuchPlan(plan.id);
    const text = planText(plan);
    if (await this.#isKept(plan)) return;
    if (ensureFolder(this.#folder, 0o700, this.#fs)) this.#options.onCreated(this.#folder);
    this.#clear();
    if (exchanges.length > 0) this.#saveExchanges(plan.id, exchanges);
    keepNewest(this.#folder, plan.id, { now: this.#options.now().getTime(), fs: this.#fs });
    try {
      const writer = this.#options.self();
      // The plan must not replace one that another process kept meanwhile.
      writeFileSafely(this.#path(plan.id), text, { replace: false, fs: this.#fs, writer, sync: 'content' });
    } catch (error) {
      if (await this.#isKept(plan)) return;
      throw error;
    }
    await this.#syncNames();
  }

  /** Before the plan itself: whoever finds that finds these, too. */
  #saveExchanges(id: PlanId, exchanges: readonly PlanningExchange[]): void {
    const path = this.#exchangesPath(id);
    const writer = this.#options.self();
    ensureFolder(dirname(path), 0o700, this.#fs);
    clearTemporaries(dirname(path), { fs: this.#fs, self: writer });
    writeFileSafely(path, `${JSON.stringify(exchanges)}\n`, { fs: this.#fs, writer, sync: 'content' });
  }

  async planning(id: PlanId): Promise<PlanningExchange[]> {
    if (!isPlanId(id)) return [];
    const path = this.#exchangesPath(id);
    const file = readBytes(path, this.#fs, { followsLinks: false });
    return file === undefined ? [] : readExchanges(parseTextOrThrow(textOf(file.bytes, path), path), path);
  }

  /** Of plans that are saved side by side together. */
  readonly #syncNames = shared(() => {
    try {
      syncFolder(this.#fs, this.#folder);
    } catch (error) {
      throw storageError(error, { what: 'Could not flush the names in', path: this.#folder });
    }
  });

  /** Once in a process: it means to read the names of the folder. */
  #clear(): void {
    if (this.#isCleared) return;
    this.#isCleared = true;
    clearTemporaries(this.#folder, { fs: this.#fs, self: this.#options.self() });
  }

  async read(id: PlanId): Promise<Plan | undefined> {
    if (!isPlanId(id)) return undefined;
    const path = this.#path(id);
    const file = readBytes(path, this.#fs);
    if (file === undefined) return undefined;
    // Loaded only when a plan is read: a schema costs as much as starting the program.
    const { readPlanDocument } = await import('./upgrade/upgrade.js');
    const createdAt = new Date(file.changedAt).toISOString();
    const { plan, hadId } = readPlanDocument(parseJsonOrThrow(file.bytes, path), { createdAt, name: path });
    if (hadId) refuseOtherId(plan, id, path);
    return { ...plan, id };
  }

  /** Without the schema, which costs as much as a short command. */
  request(id: PlanId): string | null {
    if (!isPlanId(id)) return null;
    const value = jsonOf(this.#readQuietly(this.#path(id)));
    const context = isJsonObject(value) ? value['plan_context'] : undefined;
    const query = isJsonObject(context) ? context['query'] : undefined;
    return typeof query === 'string' ? query : null;
  }

  /** Also empty for a plan that cannot be read: reading it in full says why. */
  #readQuietly(path: string): string {
    try {
      return Buffer.from(readBytes(path, this.#fs)?.bytes ?? []).toString();
    } catch (error) {
      if (error instanceof PortiaError) return '';
      throw error;
    }
  }

  list(): PlanId[] {
    const ids = listFolder(this.#folder, this.#fs).flatMap((name) => idOfFile(name, 'plan') ?? []);
    return sortByAge(ids, { fs: this.#fs, pathOf: (id) => this.#path(id) });
  }

  has(id: PlanId): boolean {
    return isPlanId(id) && this.#fs.lstat(this.#path(id)) !== undefined;
  }

  addComment(comment: PlanComment): void {
    if (!this.has(comment.plan_id)) throw noSuchPlan(comment.plan_id);
    this.#comments.add(comment);
  }

  listComments(id: PlanId): PlanComment[] {
    return isPlanId(id) ? this.#comments.list(id) : [];
  }

  removeComment(comment: Pick<PlanComment, 'plan_id' | 'id'>): void {
    if (!isPlanId(comment.plan_id)) throw noSuchComment(comment.id);
    this.#comments.remove(comment);
  }

  remove(id: PlanId): void {
    const path = this.#path(id);
    if (!isPlanId(id) || this.#fs.lstat(path) === undefined) throw noSuchPlan(id);
    this.#comments.removeAll(id);
    const exchanges = this.#exchangesPath(id);
    if (this.#fs.lstat(exchanges) !== undefined) this.#unlink(exchanges);
    this.#unlink(path);
  }

  #unlink(path: string): void {
    try {
      this.#fs.unlink(path);
      syncFolder(this.#fs, dirname(path));
    } catch (error) {
      throw storageError(error, { what: 'Could not remove', path });
    }
  }

  async #isKept(plan: Plan): Promise<boolean> {
    const kept = await this.read(plan.id);
    if (kept === undefined) return false;
    refuseOtherContent(kept, plan, this.#path(plan.id));
    return true;
  }

  #exchangesPath(id: PlanId): string {
    return join(this.#folder, 'prompts', `${id}.json`);
  }

  #path(id: PlanId): string {
    return join(this.#folder, `${id}.json`);
  }
}
