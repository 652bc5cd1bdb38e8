import { inputsError } from '../../app/inputs/check-inputs.js';
import { estimateHere } from '../../app/plans/estimate-here.js';
import { createInputCheck } from '../../app/plans/runnable-plan.js';
import { estimateRecord } from '../../domain/plan/estimate-record.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { INPUT_FLAGS, MODEL_FLAGS } from '../session/options.js';
import { loadPlan } from '../input/references.js';
import { plansInside } from '../output/plan-picture.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { createSession } from '../session/session.js';

const FLAGS = {
  ...MODEL_FLAGS,
  ...INPUT_FLAGS,
  summarize: flag.toggle('--summarize', 'as for a run with a summary'),
};

/** What a run of a plan would take of models, from the plan itself. Asks no model, and runs nothing. */
export const command = defineCommand({
  about:
    'Prints the least and the most model calls, tokens and cost. It assumes that every reply can be used and no step fails. ' +
    'Give inputs to make it more exact.',
  examples: [
    ['portia estimate plan.json', 'a plan in a file'],
    ['portia estimate city.json -i city=London --json', 'with an input, for a program'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [text = ''] = invocation.parameters;
    const { plan } = await loadPlan(session, text);
    const inputs = await readGivenInputs(session);
    const check = await createInputCheck(plan);
    const problem = inputsError({ ...check(inputs), missing: [] });
    if (problem !== undefined) throw problem;
    const { services, options } = session;
    const plans = await plansInside(session, plan);
    const tools = await services.tools([plan, ...plans.values()]);
    const estimate = await estimateHere(services, { plan, plans, tools }, { inputs, summarize: options.summarize });
    await session.print({
      record: estimateRecord(plan.id, estimate),
      async human(look) {
        const { estimateView } = await import('../../ui/estimate-view.js');
        return estimateView(plan.id, estimate, look);
      },
    });
    return EXIT.complete;
  },
});
