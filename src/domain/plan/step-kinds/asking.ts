import type { Step, StepOf } from '../plan.js';
import type { NameSource } from './step-kind.js';

/** A step that may ask: its keys say who is asked, until when, and what happens then. */
export type AskingStep = StepOf<'agent' | 'tool' | 'react' | 'user_input' | 'user_verify'>;

/** Those keys, of steps that may have them. */
export const ASKING_KEYS = ['assignees', 'approvers', 'expires_in', 'on_expiry'] as const;

type Asking = Pick<AskingStep, (typeof ASKING_KEYS)[number]>;

const ASKING_KINDS: ReadonlySet<Step['kind']> = new Set([undefined, 'tool', 'react', 'user_input', 'user_verify']);

/** What the step says of its questions; undefined for a kind that never asks. */
export function askingOf(step: Step): Asking | undefined {
  return isAsking(step) ? step : undefined;
}

function isAsking(step: Step): step is AskingStep {
  return ASKING_KINDS.has(step.kind);
}

/** What those keys take of values. */
export function takenByAsking({
  assignees,
  approvers,
  expires_in: expiresIn,
  on_expiry: onExpiry,
}: Asking): NameSource[] {
  const isValue = typeof onExpiry === 'object' && 'value' in onExpiry;
  return [
    ...(assignees === undefined ? [] : [{ at: '', templates: { assignees } }]),
    ...(approvers?.any_of === undefined ? [] : [{ at: '/approvers', templates: { any_of: approvers.any_of } }]),
    ...(expiresIn === undefined ? [] : [{ at: '', templates: { expires_in: expiresIn } }]),
    ...(isValue ? [{ at: '/on_expiry', templates: { value: onExpiry.value } }] : []),
  ];
}
