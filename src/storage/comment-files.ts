import { join } from 'node:path';

import { byTime, isCommentId, type PlanComment } from '../domain/run/plan-comment.js';
import type { PlanId } from '../domain/values/ids.js';
import { syncFolder, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import { noSuchComment, readComment } from './plan-comments.js';
import type { ProcessIdentity } from './process-identity.js';
import { parseTextOrThrow, readBytes, textOf } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';

/** The folder `plans/comments/`: a folder for each plan with a file for each comment, so that many can write at once. */
export class CommentFiles {
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #self: () => ProcessIdentity;

  constructor(folder: string, { fs, self }: { fs: FileSystem; self: () => ProcessIdentity }) {
    this.#folder = folder;
    this.#fs = fs;
    this.#self = self;
  }

  add(comment: PlanComment): void {
    const path = this.#path(comment);
    if (this.#fs.lstat(path) !== undefined) return;
    ensureFolder(this.#of(comment.plan_id), 0o700, this.#fs);
    writeFileSafely(path, `${JSON.stringify(comment)}\n`, { fs: this.#fs, writer: this.#self() });
  }

  list(id: PlanId): PlanComment[] {
    const names = listFolder(this.#of(id), this.#fs).filter((name) => isCommentId(name.replace(/\.json$/, '')));
    return byTime(names.flatMap((name) => this.#read(id, join(this.#of(id), name)) ?? []));
  }

  /** Undefined for one that somebody removed at this moment. */
  #read(id: PlanId, path: string): PlanComment | undefined {
    const file = readBytes(path, this.#fs, { followsLinks: false });
    return file && readComment(parseTextOrThrow(textOf(file.bytes, path), path), id, path);
  }

  remove(comment: Pick<PlanComment, 'plan_id' | 'id'>): void {
    const path = this.#path(comment);
    if (this.#fs.lstat(path) === undefined) throw noSuchComment(comment.id);
    this.#fs.unlink(path);
    syncFolder(this.#fs, this.#of(comment.plan_id));
  }

  removeAll(id: PlanId): void {
    if (this.#fs.lstat(this.#of(id)) !== undefined) this.#fs.removeTree(this.#of(id));
  }

  #of(id: PlanId): string {
    return join(this.#folder, id);
  }

  #path({ plan_id: plan, id }: Pick<PlanComment, 'plan_id' | 'id'>): string {
    if (!isCommentId(id)) throw noSuchComment(id);
    return join(this.#of(plan), `${id}.json`);
  }
}
