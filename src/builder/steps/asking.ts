import type { Draft } from '../draft.js';
import type { Reference } from '../reference.js';
import type { Value } from '../step-options.js';

/** Who is asked by a step that may ask, and until when. */
export interface Asking {
  /** Only these people may answer. Default: anybody. */
  assignees?: readonly (string | Reference)[] | undefined;
  /** Who must agree: `required` of `anyOf` (default: 1 of anybody), with `not` somebody else than whoever started the run. */
  approvers?:
    | {
        anyOf?: readonly (string | Reference)[] | undefined;
        required?: number | undefined;
        not?: 'starter' | undefined;
      }
    | undefined;
  /** How long a question takes an answer: `90s`, `24h`. Default: for ever. */
  expiresIn?: string | Reference | undefined;
  /** After that time the run stops (default), or this value is the answer. Steps come between `onExpiry` and `endOnExpiry`. */
  onExpiry?: 'stop' | { value: Value } | undefined;
}

export function asking({ assignees, approvers, expiresIn, onExpiry }: Asking, { write }: Draft) {
  const { anyOf, required, not } = approvers ?? {};
  const people = { ...(anyOf && { any_of: anyOf }), ...(required !== undefined && { required }), ...(not && { not }) };
  return {
    assignees: assignees === undefined ? undefined : write.value(assignees, '/assignees'),
    approvers: approvers === undefined ? undefined : write.value(people, '/approvers'),
    expires_in: expiresIn === undefined ? undefined : write.value(expiresIn, '/expires_in'),
    on_expiry: onExpiry === undefined ? undefined : write.value(onExpiry, '/on_expiry'),
  };
}
