import { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import { sizesText } from '../domain/run/value-too-large.js';
import type { PlanId } from '../domain/values/ids.js';
import { depthOf, MAX_DEPTH } from '../domain/values/json.js';
import { MAX_FILE_BYTES } from './read-file.js';

/** A plan as it is kept. Throws `invalid-plan` for one that could not be read again. */
export function planText(plan: Plan): string {
  if (depthOf(plan) > MAX_DEPTH) throw tooDeep(plan.id);
  const text = `${JSON.stringify(plan, null, 2)}\n`;
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw tooLong(plan.id, Buffer.byteLength(text));
  return text;
}

/** Plans are immutable: throws `stale` when what is kept, at `where`, is another plan. */
export function refuseOtherContent(kept: Plan, plan: Plan, where = 'what is kept'): void {
  if (planDigest(kept) === planDigest(plan)) return;
  throw new PortiaError('stale', `${plan.id} is already kept with different content.`, {
    why: `Plans are immutable, and ${where} says something else.`,
    fix: 'Give the changed plan another id, or leave its "id" out.',
    planId: plan.id,
  });
}

/** Throws `unreadable` when the plan that was read is not the one that its place is for. */
export function refuseOtherId(plan: Plan, id: PlanId, where: string): void {
  if (plan.id === id) return;
  throw new PortiaError('unreadable', `${where} holds another plan.`, {
    why: `Its "id" is ${plan.id}.`,
    fix: 'Give the file the name of its id.',
    pointer: '/id',
  });
}

function tooDeep(id: string): PortiaError {
  return new PortiaError('invalid-plan', `${id} nests deeper than ${MAX_DEPTH} levels.`, {
    why: 'Nothing that deep is read or written.',
    fix: 'Move inner steps or values to a plan of their own.',
  });
}

function tooLong(id: string, bytes: number): PortiaError {
  return new PortiaError('invalid-plan', `${id} has ${sizesText(bytes, MAX_FILE_BYTES)}.`, {
    why: 'Its file could not be read again.',
    fix: 'Put large values in files that its steps read, or give them as inputs.',
  });
}
