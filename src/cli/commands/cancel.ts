import { tellCancelled } from '../../app/cancelled-hook.js';
import { portia } from '../../domain/next-step.js';
import { cancelRun, refuseUncancellable } from '../../executor/cancel-run.js';
import { confirm } from '../input/confirm.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { YES_FLAGS } from '../session/options.js';
import { requireRun } from '../input/references.js';
import { refuseFieldsBut, RUN_KEYS } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

const FLAGS = YES_FLAGS;

/** Ends a run, which cannot be resumed afterwards. */
export const command = defineCommand({
  about: 'The runs of the plans inside it end with it. What is done stays done.',
  examples: [['portia cancel last --yes', 'it cannot be resumed afterwards']],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(RUN_KEYS, session.options.fields);
    const [text = ''] = invocation.parameters;
    const found = await requireRun(session, text);
    const { id } = found;
    // A person is not asked about what cannot be done.
    refuseUncancellable(found);
    await confirm(session, {
      question: `Cancel ${id}? It cannot be resumed afterwards.`,
      command: portia('cancel', id, '--yes'),
    });
    const cancelled = await cancelRun(session.services.store, id, {
      reason: 'cancelled by a person',
      tell: tellCancelled(session.services),
    });
    await session.print({ record: cancelled, human: () => `Cancelled ${id}.\n` });
    return EXIT.complete;
  },
});
