import { portiaTyped } from '../../domain/next-step.js';
import { loadPlan } from '../input/references.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { LIKE_KEYS, refuseFieldsBut } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

/** Remembers a plan, as it is, as an example for new ones. */
export const command = defineCommand({
  about: 'It is kept with your settings, for this project. --examples liked plans with the nearest ones.',
  examples: [
    ['portia like last', 'the newest plan'],
    ['portia like plan.json', 'a file, which is kept in plans/ first'],
  ],
  flags: {},
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(LIKE_KEYS, session.options.fields);
    const [text = 'last'] = invocation.parameters;
    const plan = await (await loadPlan(session, text)).keep();
    const changed = await (await session.services.likedPlans()).like(plan);
    await session.print({
      record: { plan_id: plan.id, liked: true, changed },
      human: () => (changed ? `Liked ${plan.id}.\n` : `You liked ${plan.id} before.\n`),
    });
    await session.note(`To plan with it: ${session.look.spell(portiaTyped('plan', '"…" --examples liked'))}\n`);
    return EXIT.complete;
  },
});
