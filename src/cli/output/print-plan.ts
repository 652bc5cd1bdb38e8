import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import { planView } from '../../ui/plan-view.js';
import { fileOf, placeOf } from './place-of.js';
import { pictureParts } from './plan-picture.js';
import type { Session } from '../session/session.js';

/** Prints a plan that was kept in plans/, and how to run it. `isCached`: it was made before; the printed metadata say so. */
export async function printSavedPlan(session: Session, plan: Plan, { isCached = false } = {}): Promise<void> {
  await printPlan(session, isCached ? { ...plan, metadata: { ...plan.metadata, cached: true } } : plan);
  const { look } = session;
  const saved = look.link(placeOf(session, plan.id), fileOf(session, plan.id));
  await session.note(`saved ${saved}\nNext  ${look.spell(portia('run-plan', plan.id))}\n`);
}

export async function printPlan(session: Session, plan: Plan): Promise<void> {
  await session.print({
    record: plan,
    human: async (look) => {
      const isCut = session.io.streams.out.isTerminal && session.options.out === undefined;
      const cut = isCut ? { shownBy: look.spell(portia('show', plan.id, '--all')) } : undefined;
      return planView(plan, look, { ...(await pictureParts(session, plan)), cut });
    },
  });
}
