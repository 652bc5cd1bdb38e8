import type { JsonSchema } from '../values/json.js';
import { bareName } from '../values/names.js';

interface Entry {
  pointer: string;
  used: boolean;
  /** JSON Schema that the value fits, whichever step made it; undefined when that is not known. */
  type: JsonSchema | undefined;
  /** Whether the value, or the one of any step that leaves it, is a secret. */
  secret: boolean;
  /** The step without whose failure the value is there; undefined when it always is. */
  fallible?: string | undefined;
}

/** Names that a place in the plan can use; a block sees those around it. */
export class PlanScope {
  readonly #names = new Map<string, Entry>();
  readonly #outer: PlanScope | undefined;
  readonly #untyped: ReadonlySet<string>;
  /** Names that a loop defined again inside it, with the loop's place. */
  readonly #remade = new Map<string, string>();

  /** `untyped`: names that may have other values in here than around it. */
  constructor(outer?: PlanScope, untyped: ReadonlySet<string> = new Set()) {
    this.#outer = outer;
    this.#untyped = untyped;
  }

  /** An existing name may keep its value, when the step that defines it again is skipped. */
  define(
    name: string,
    pointer: string,
    { type, secret = false }: { type?: JsonSchema | undefined; secret?: boolean },
  ): void {
    const bare = bareName(name);
    this.#remade.delete(bare);
    const isNew = !this.has(bare);
    const known = isNew ? type : eitherOf(this.typeOf(bare), type);
    const own = this.#untyped.has(bare) ? undefined : known;
    this.#names.set(bare, { pointer, used: false, type: own, secret: secret || this.isSecret(bare) });
  }

  has(name: string): boolean {
    return this.#names.has(bareName(name)) || (this.#outer?.has(name) ?? false);
  }

  /** Whether the name exists here; it counts as used from then on. */
  use(name: string): boolean {
    const own = this.#names.get(bareName(name));
    if (own === undefined) return this.#outer?.use(name) ?? false;
    own.used = true;
    return true;
  }

  /** Marks a loop after which these names still have the values that they had before it. */
  remake(names: readonly string[], pointer: string): void {
    for (const name of names.map(bareName)) if (this.#names.has(name)) this.#remade.set(name, pointer);
  }

  /** The loop that defined the name again, when its value there is not what is seen here. Given only once. */
  takeRemade(name: string): string | undefined {
    const loop = this.#remade.get(bareName(name));
    this.#remade.delete(bareName(name));
    return loop;
  }

  /** Marks names that are not there when what the pointer names is done instead of its step. */
  loseOnFailure(names: readonly string[], pointer: string): void {
    for (const name of names.map(bareName)) {
      const own = this.#names.get(name);
      if (own !== undefined) own.fallible = pointer;
    }
  }

  /** The pointer of what leaves nothing under the name. Given only once. */
  takeFallible(name: string): string | undefined {
    const own = this.#names.get(bareName(name));
    if (own === undefined) return this.#outer?.takeFallible(name);
    const { fallible } = own;
    own.fallible = undefined;
    return fallible;
  }

  isSecret(name: string): boolean {
    return this.#names.get(bareName(name))?.secret ?? this.#outer?.isSecret(name) ?? false;
  }

  typeOf(name: string): JsonSchema | undefined {
    const bare = bareName(name);
    const own = this.#names.get(bare);
    if (own !== undefined) return own.type;
    return this.#untyped.has(bare) ? undefined : this.#outer?.typeOf(bare);
  }

  /** Those that exist here, the innermost first; a name that a block defines again is in the list twice. */
  *names(): Generator<string> {
    yield* this.#names.keys();
    if (this.#outer !== undefined) yield* this.#outer.names();
  }

  /** Takes over what a branch leaves. */
  adopt(branch: PlanScope): void {
    for (const [name, entry] of branch.#names) {
      if (this.has(name)) {
        entry.type = eitherOf(this.typeOf(name), entry.type);
        entry.secret ||= this.isSecret(name);
      }
      this.#names.set(name, entry);
    }
  }

  unused(): { name: string; pointer: string }[] {
    return [...this.#names]
      .filter(([, entry]) => !entry.used)
      .map(([name, entry]) => ({ name, pointer: entry.pointer }));
  }
}

function eitherOf(one: JsonSchema | undefined, other: JsonSchema | undefined): JsonSchema | undefined {
  if (one === undefined || other === undefined) return undefined;
  return one === other ? one : { anyOf: [one, other] };
}
