import { PortiaError } from '../../domain/errors.js';
import type { PlanId } from '../../domain/values/ids.js';
import { resolvePlanRef } from '../../storage/resolve-id.js';
import { findPlan, readGivenPlan } from '../input/references.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { LIKE_KEYS, refuseFieldsBut } from '../session/output-fields.js';
import { createSession, type Session } from '../session/session.js';

/** Forgets that a plan was liked. The plan itself stays. */
export const command = defineCommand({
  about: 'The plan itself stays. One that was deleted can be named, too.',
  examples: [['portia unlike last', 'the newest plan']],
  flags: {},
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(LIKE_KEYS, session.options.fields);
    const liked = await session.services.likedPlans();
    const known = liked.list().map(({ plan_id: id }) => id);
    const id = await planNamed(session, invocation.parameters[0] ?? 'last', known);
    const changed = await liked.unlike(id);
    await session.print({
      record: { plan_id: id, liked: false, changed },
      human: () => (changed ? `${id} is not liked any more.\n` : `${id} was not liked.\n`),
    });
    return EXIT.complete;
  },
});

/** A plan that is here, or one of those that were liked. */
async function planNamed(session: Session, text: string, liked: readonly PlanId[]): Promise<PlanId> {
  try {
    const found = await findPlan(session, text);
    return found.kind === 'stored' ? found.id : (await readGivenPlan(session, found)).id;
  } catch (error) {
    if (!(error instanceof PortiaError) || error.code !== 'not-found') throw error;
    try {
      return resolvePlanRef(text, liked);
    } catch {
      throw error;
    }
  }
}
