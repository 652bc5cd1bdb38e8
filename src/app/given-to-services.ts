import type { SettingsFlags } from '../config/flag-layer.js';
import type { Json } from '../domain/values/json.js';
import type { Limits } from '../executor/budget.js';
import type { Hooks } from '../hooks/hooks.js';
import type { Model } from '../models/model.js';
import type { Store } from '../storage/store.js';
import type { Tool } from '../tools/tool.js';

/** What the flags, or the options of a program, say. */
export interface GivenToServices {
  flags: SettingsFlags;
  /** `TOOL=VALUE`, already read. */
  stubs?: ReadonlyMap<string, Json>;
  dryRun?: boolean;
  summarize?: boolean;
  /** Steps of a run that may be done at a time. Default: `STEPS_AT_A_TIME`. */
  jobs?: number | undefined;
  /** Calls of tools that may be made at a time, in all runs together. Default: as `jobs`. */
  calls?: number | undefined;
  /** A debugger looks into the tool modules. */
  inspectTools?: boolean | undefined;
  /** What a run may use up. Default: no limits. */
  limits?: Limits | undefined;
  /** The user trusts the project for this command. */
  trustProject?: boolean | undefined;
  /** Nothing of the project's settings counts. */
  noProject?: boolean | undefined;
  /** Where a program keeps plans and runs, in place of the store of the settings. */
  ownStore?: Store | undefined;
  /** Tools that a program adds in code. */
  ownTools?: Tool[] | undefined;
  /** Hooks that a program adds in code. */
  ownHooks?: Hooks | undefined;
  /** A program's own model, for every role. */
  ownModel?: Model | undefined;
}
