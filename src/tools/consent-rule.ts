import type { Inspection, Tool } from './tool.js';
import type { PolicyVerdict, RulePlace } from '../domain/values/policies.js';

/** What is said of a call that a rule denies: where the rule is, and who can change it. */
export function describeDenial(
  toolId: string,
  { deniedBy }: PolicyVerdict,
): { message: string; why?: string; fix?: string } {
  const message = `Calls of ${toolId} are denied.`;
  if (deniedBy === undefined) return { message };
  const { source, place } = deniedBy;
  const fixes: Record<RulePlace, string> = {
    machine: 'Ask whoever looks after this machine: the rule holds for all its users.',
    command: `Leave ${source} out, or let it name other tools.`,
    file: `Change ${source}, if it is yours to decide.`,
  };
  return { message, why: `The rule ${source} says so.`, fix: fixes[place] };
}

export type ConsentDecision = 'allow' | 'ask' | 'deny';

/**
 * Whether a call may be made: deny beats what must be asked beats approve beats ask. Without a rule of the user, reading is
 * allowed that sends nothing private, a built-in idempotent tool is allowed on what this run created, and so is a tool that
 * the user always allows; a person is asked about everything else.
 */
export function decideConsent({
  tool,
  verdict,
  inspection,
  leaks = false,
  isKept = false,
}: {
  tool: Pick<Tool, 'effect' | 'source'>;
  /** What the user decided about such calls beforehand. */
  verdict: PolicyVerdict;
  inspection: Pick<Inspection, 'consent' | 'mustAsk'>;
  /** Whether it may send what is private, and nobody agreed to that. */
  leaks?: boolean;
  /** Whether the user always allows this tool, as it is, in this project. */
  isKept?: boolean;
}): ConsentDecision {
  const { policy, problem } = verdict;
  if (policy === 'deny') return 'deny';
  if (inspection.mustAsk === true || problem !== undefined) return 'ask';
  if (policy !== undefined) return policy;
  if (leaks) return 'ask';
  if (tool.effect === 'read' || isKept) return 'allow';
  const isHarmless = tool.effect === 'idempotent' && tool.source === 'builtin' && inspection.consent === 'allow';
  return isHarmless ? 'allow' : 'ask';
}
