import type { HookName } from '../domain/values/hook-names.js';
import type { Json } from '../domain/values/json.js';

/** What a hook is given, beside its signal: JSON, under the names that `Hooks` says. */
export type HookAbout = Readonly<Record<string, unknown>>;

/** The port to the code of a project that looks at what is planned and run. */
export interface HookPort {
  /** Those that there are. */
  readonly names: ReadonlySet<HookName>;
  /** Their module, relative to the project root; undefined for those of a program's own code. */
  readonly file?: string | undefined;
  /** How long one call may take, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** What they are, as a digest: the code of a module, and the names of those in code. */
  readonly fingerprint: string;
  /** What the hook returned; undefined when that was nothing. Rejects with whatever it threw. */
  call(name: HookName, about: HookAbout, signal: AbortSignal): Promise<Json | undefined>;
}
