import { printSavedPlan } from '../output/print-plan.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { END_USER_FLAGS, INPUT_FLAGS, NEW_PLAN_FLAGS } from '../session/options.js';
import { makePlan } from '../plans/make-plan.js';
import { keepEndUserData } from '../input/end-user-data.js';
import { fillQuery, readQuery } from '../input/query.js';
import { PLAN_KEYS, refuseFieldsBut } from '../session/output-fields.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { createSession } from '../session/session.js';

const FLAGS = { ...NEW_PLAN_FLAGS, ...INPUT_FLAGS, ...END_USER_FLAGS };

/** Makes a plan and prints it; nothing is run. */
export const command = defineCommand({
  about:
    'Makes a plan, saves it in plans/ and prints it. Nothing is run. ' +
    'The request may be @file: each {name} in it is filled with the input of that name.',
  examples: [
    ['portia plan "add 1 + 2"', 'a plan on the screen'],
    ['portia plan "add 1 + 2" > plan.json', 'always a valid plan'],
    ['portia plan "read notes.md" --planner offline', 'without a model'],
    ['portia plan "add 1 + 2" --cached', 'the same plan again, without a model call'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(PLAN_KEYS, session.options.fields);
    const [parameter] = invocation.parameters;
    const words = await readQuery(session, parameter);
    const inputs = await readGivenInputs(session);
    const query = fillQuery(words, { parameter, inputs });
    await keepEndUserData(session);
    const { plan, madeAt } = await makePlan(session, query, { inputNames: Object.keys(inputs) });
    await printSavedPlan(session, plan, { isCached: madeAt !== undefined });
    return EXIT.complete;
  },
});
