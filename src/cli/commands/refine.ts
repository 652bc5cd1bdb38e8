import { printSavedPlan, printPlan } from '../output/print-plan.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { PLAN_FLAGS } from '../session/options.js';
import { readHint } from '../input/query.js';
import { refinePlan } from '../plans/refine-plan.js';
import { loadPlan } from '../input/references.js';
import { PLAN_KEYS, refuseFieldsBut } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

const FLAGS = PLAN_FLAGS;

/** Changes a plan with the model, as a hint says; the result is another plan. */
export const command = defineCommand({
  about: 'Steps that need not change stay. The result is another plan. The hint may be @file or standard input.',
  examples: [
    ['portia refine last "only in the afternoon"', 'the newest plan'],
    ['echo "shorter" | portia refine plan.json > shorter.json', 'in a pipe'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(PLAN_KEYS, session.options.fields);
    const [text = '', words] = invocation.parameters;
    const found = await loadPlan(session, text);
    const refined = await refinePlan(session, found, { hint: await readHint(session, words), endUser: undefined });
    if (refined === undefined) await printPlan(session, found.plan);
    else await printSavedPlan(session, refined);
    return EXIT.complete;
  },
});
