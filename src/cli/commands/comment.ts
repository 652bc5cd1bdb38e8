import { addComment, commentsOn, removeComment } from '../../app/plans/comments.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { loadPlan } from '../input/references.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { RUN_FLAGS } from '../session/options.js';
import { createSession, whoAnswers, type Session } from '../session/session.js';

const FLAGS = {
  remove: flag.text('--remove <id>', 'remove a comment of yours'),
  by: RUN_FLAGS.by,
};

type CommentOptions = OptionsOf<typeof FLAGS>;

/** What people say of the steps of a plan. */
export const command = defineCommand({
  about:
    'Says something about a step to those who look at the plan; without a step it prints what was said. No model sees it, ' +
    'and the plan stays as it is.',
  examples: [
    ['portia comment plan.json 1 "Is it right?"', 'of a step, by its number'],
    ['portia comment plan.json', 'what was said'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [reference = 'last', step, text] = invocation.parameters;
    const { options, services } = session;
    const found = await loadPlan(session, reference);
    if (options.remove !== undefined) {
      await removeComment(services.store, { plan: found.plan, id: options.remove, person: whoAnswers(session) });
      const record = { plan_id: found.plan.id, id: options.remove, removed: true };
      await session.print({ record, human: () => `Removed the comment ${options.remove}.\n` });
      return EXIT.complete;
    }
    if (step === undefined) await print(session, found.plan);
    else await add(session, await found.keep(), { step, text });
    return EXIT.complete;
  },
});

async function print(session: Session<CommentOptions>, plan: Plan): Promise<void> {
  const comments = await commentsOn(session.services.store, plan);
  await session.print({
    record: { plan_id: plan.id, comments: comments.map(({ isOlder, ...one }) => ({ ...one, is_older: isOlder })) },
    async human(look) {
      const { commentsView } = await import('../../ui/comments-view.js');
      return commentsView(comments, look);
    },
  });
}

async function add(
  session: Session<CommentOptions>,
  plan: Plan,
  { step, text }: { step: string; text: string | undefined },
): Promise<void> {
  const { stepNamed } = await import('../../ui/step-named.js');
  const path = stepNamed(plan, step);
  if (path === undefined || text === undefined) {
    const what = path === undefined ? `${plan.id} has no step ${JSON.stringify(step)}.` : 'There is no text.';
    throw new PortiaError('usage', what, {
      why: 'A comment is for a step, named by its number like 2 or 6.1, and has a text.',
      fix: portia('comment', plan.id, path === undefined ? '1' : stepNumber(path), 'TEXT'),
    });
  }
  const comment = await addComment(session.services, { plan, step: path, text, author: whoAnswers(session) });
  await session.print({
    record: { ...comment },
    human: () => `Commented on step ${stepNumber(path)} of ${plan.id}.\n`,
  });
}
