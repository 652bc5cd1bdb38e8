/** The decisions that a user can make in advance about the calls of a tool. */
export const POLICIES = ['ask', 'allow', 'deny'] as const;
export type Policy = (typeof POLICIES)[number];

/** A decision of the user about tools. */
export interface PolicyRule {
  /** Which tools, by id. */
  glob: string;
  policy: Policy;
}
