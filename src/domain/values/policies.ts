/** What a user can decide about the calls of a tool in advance. */
export const POLICIES = ['ask', 'allow', 'deny'] as const;
export type Policy = (typeof POLICIES)[number];

/** A decision of the user about tools. */
export interface PolicyRule {
  /** Which tools, by id. */
  glob: string;
  policy: Policy;
}
