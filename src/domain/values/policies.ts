/** The decisions that a user can make in advance about the calls of a tool. */
export const POLICIES = ['ask', 'allow', 'deny'] as const;
export type Policy = (typeof POLICIES)[number];

/** A decision about the calls for which an expression holds; the expression sees their arguments as `$args`. */
export interface PolicyCase {
  when: string;
  then: Policy;
}

/** A decision of the user about tools. */
export interface PolicyRule {
  /** Which tools, by id. */
  glob: string;
  /** Of several cases, the first whose expression holds decides. */
  policy: Policy | PolicyCase[];
  /** The flag or key that gave it: `--deny`, `portia.json approvals.send_*`. */
  source: string;
}

/** Who made a rule: whoever looks after the machine, this command (or program), or a settings file. */
export type RulePlace = 'machine' | 'command' | 'file';

/** What the rules say about one call. */
export interface PolicyVerdict {
  /** Undefined when no rule speaks of the call. */
  policy: Policy | undefined;
  /** The rule that denies it. */
  deniedBy?: { source: string; place: RulePlace };
  /** Which rule cannot be judged, and why: a person is asked then, whatever other rules allow. */
  problem?: string;
}

/** A tool as it is. */
export interface KnownTool {
  toolId: string;
  /** Null for portia's own. */
  fingerprint: string | null;
}

/** What the user always allows in this project: a changed tool is another one. */
export interface AlwaysAllowed {
  has(tool: KnownTool): boolean;
  /** Rejects with a PortiaError `storage-failed` when it cannot be kept. */
  keep(tool: KnownTool): Promise<void>;
}
