/**
 * How the model of a step with one tool works: it writes the call at once; a second call traces each of its arguments
 * before anything is done; or it calls the tool until it has an answer.
 */
export const AGENT_TYPES = ['one-shot', 'verified', 'react'] as const;
export type AgentType = (typeof AGENT_TYPES)[number];

/** Where nobody says how. */
export const DEFAULT_AGENT: AgentType = 'one-shot';

/** How often a react agent may call tools where its step does not say. */
export const MAX_TOOL_CALLS = 25;
