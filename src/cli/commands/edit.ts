import { printSavedPlan, printPlan } from '../output/print-plan.js';
import { editPlan } from '../plans/edit-plan.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { loadPlan } from '../input/references.js';
import { PLAN_KEYS, refuseFieldsBut } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

const FLAGS = { yes: flag.toggle('-y, --yes', 'do not ask after showing what differs') };

/** Changes a plan in the user's editor; the result is another plan. */
export const command = defineCommand({
  about: 'Opens a copy in $VISUAL or $EDITOR, checks it and shows what differs. The result is another plan.',
  examples: [
    ['portia edit last', 'the newest plan'],
    [`EDITOR="sed -i.bak 's/1 + 2/1 + 5/'" portia edit plan.json`, 'any program that changes a file'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(PLAN_KEYS, session.options.fields);
    const [text = ''] = invocation.parameters;
    const found = await loadPlan(session, text);
    const edited = await editPlan(session, found, { confirm: true });
    if (edited === undefined) await printPlan(session, found.plan);
    else await printSavedPlan(session, edited);
    return EXIT.complete;
  },
});
