/** The classes of side effects of tools. Unlabelled means `once`. */
export const TOOL_EFFECTS = ['read', 'idempotent', 'once'] as const;
export type ToolEffect = (typeof TOOL_EFFECTS)[number];
