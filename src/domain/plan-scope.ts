import { bareName } from './names.js';

/** Names that a place in the plan can use; a block sees those around it. */
export class PlanScope {
  readonly #names = new Map<string, { pointer: string; used: boolean }>();
  readonly #outer: PlanScope | undefined;

  constructor(outer?: PlanScope) {
    this.#outer = outer;
  }

  define(name: string, pointer: string): void {
    this.#names.set(bareName(name), { pointer, used: false });
  }

  /** Whether the name exists here; it counts as used from then on. */
  use(name: string): boolean {
    const own = this.#names.get(bareName(name));
    if (own === undefined) return this.#outer?.use(name) ?? false;
    own.used = true;
    return true;
  }

  /** Takes over what a branch leaves. */
  adopt(branch: PlanScope): void {
    for (const [name, entry] of branch.#names) this.#names.set(name, entry);
  }

  unused(): { name: string; pointer: string }[] {
    return [...this.#names]
      .filter(([, entry]) => !entry.used)
      .map(([name, entry]) => ({ name, pointer: entry.pointer }));
  }
}
