import { inputsError } from '../../app/inputs/check-inputs.js';
import { estimateHere } from '../../app/plans/estimate-here.js';
import { createInputCheck } from '../../app/plans/runnable-plan.js';
import { costOf, type PricedEstimate, type PricedPlanEstimate } from '../../domain/plan/priced-estimate.js';
import type { Bounds } from '../../domain/plan/step-kinds/step-kind.js';
import type { JsonObject } from '../../domain/values/json.js';
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
      record: { plan: plan.id, ...recordOf(estimate) },
      async human(look) {
        const { estimateView } = await import('../../ui/estimate-view.js');
        return estimateView(plan.id, estimate, look);
      },
    });
    return EXIT.complete;
  },
});

function recordOf({ calls, asked, open, unknown }: PricedPlanEstimate): JsonObject {
  return {
    model_calls: boundsJson(calls),
    cost: costJson(costOf(asked)),
    models: asked.map(modelJson),
    unbounded: open.map(({ path, why }) => ({ step: path, why })),
    unknown_plans: unknown,
  };
}

function modelJson(asked: PricedEstimate): JsonObject {
  const { role, model = null, calls, inputTokens, outputTokens, price } = asked;
  return {
    role,
    model,
    model_calls: boundsJson(calls),
    input_tokens: boundsJson(inputTokens),
    output_tokens: boundsJson(outputTokens),
    price: price === undefined ? null : { ...price },
    cost: costJson(costOf([asked])),
  };
}

/** `most` is null where nothing limits it. */
function boundsJson({ least, most }: Bounds): JsonObject {
  return { least, most: most === Infinity ? null : most };
}

function costJson(cost: Bounds | undefined): JsonObject | null {
  return cost === undefined ? null : boundsJson(cost);
}
