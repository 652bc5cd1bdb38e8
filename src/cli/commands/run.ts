import { PlanningBudget } from '../../app/plans/planning-budget.js';
import { readLimits } from '../session/read-limits.js';
import { approvePlan, runPlanCommandLine } from '../plans/approve-plan.js';
import { exitCodeOfSignal } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { DRIVE_FLAGS, INPUT_FLAGS, KEY_FLAGS, NEW_PLAN_FLAGS, WAIT_EXAMPLE } from '../session/options.js';
import { readDuration } from '../session/read-limits.js';
import { declaredInputs, makePlan } from '../plans/make-plan.js';
import { showBeforeRun } from '../output/plan-picture.js';
import { keepEndUserData } from '../input/end-user-data.js';
import { fillQuery, readQuery } from '../input/query.js';
import { refuseFieldsBut, RUN_KEYS } from '../session/output-fields.js';
import { createSession } from '../session/session.js';
import { continueStart, readAllInputs, requirePrices, startPlan } from '../runs/start.js';
import { signalOfPrompt } from '../session/stopping.js';

const FLAGS = {
  ...NEW_PLAN_FLAGS,
  ...INPUT_FLAGS,
  ...KEY_FLAGS,
  ...DRIVE_FLAGS,
  yes: flag.toggle('-y, --yes', 'approve the plan'),
};

/** Plans, shows the plan, asks whether to run it, and runs it, or what a person made of it. */
export const command = defineCommand({
  about:
    'Without a terminal it saves the plan and exits with 8, unless --yes approves it. ' +
    'The request may be @file: each {name} in it is filled with the input of that name.',
  examples: [
    ['portia run "add 1 + 2" --yes', 'prints 3'],
    ['portia run "add 1 + 2" --yes --format value', 'only the value'],
    ['portia run "read notes.md then write it to copy.md" --yes', 'two steps'],
    ['portia run @request.txt -i customer=Ada --yes', 'from a file, with {customer} filled'],
  ],
  hasValue: true,
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(RUN_KEYS, session.options.fields);
    const [parameter] = invocation.parameters;
    const words = await readQuery(session, parameter);
    const declared = declaredInputs(session.options);
    const inputs = await readAllInputs(session, declared);
    const query = fillQuery(words, { parameter, inputs });
    const continued = await continueStart(session, query, inputs);
    if (continued !== undefined) return continued;
    // A wrong one is refused before a model is paid for a plan.
    readDuration(session.options.wait, WAIT_EXAMPLE);
    await requirePrices(session);
    await keepEndUserData(session);
    const budget = new PlanningBudget(readLimits(session.options), session.services.settings.prices);
    const made = await makePlan(session, query, { inputNames: Object.keys(inputs), budget });
    await showBeforeRun(session, made.plan, inputs);
    const { plan, isApproved } = await approvePlan(session, { made: made.plan, budget }, inputs);
    if (isApproved && plan !== made.plan) await made.approve(plan);
    if (isApproved) {
      const found = { plan, name: plan.id, keep: async () => plan };
      return startPlan(session, { ...found, request: query, planning: budget.spent }, inputs);
    }
    await session.note(`The plan is saved.\nNext  ${session.look.spell(runPlanCommandLine(plan, session.options))}\n`);
    return exitCodeOfSignal(signalOfPrompt(session.io));
  },
});
