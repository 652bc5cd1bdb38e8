import type { RunId } from '../../domain/values/ids.js';
import { isFinal } from '../../domain/run/run.js';
import { resumeRun } from '../../executor/resume-run.js';
import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { confirmChangesHere } from '../runs/confirm-changes.js';
import { consentRules } from '../runs/consent-rules.js';
import { drive, type ShownRun } from '../runs/drive.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { DRIVE_FLAGS, MODEL_FLAGS } from '../session/options.js';
import { checkNamedTools, refuseUncalled } from '../runs/named-tools.js';
import { resumeDue } from '../runs/resume-due.js';
import { newestResumable } from '../runs/newest-resumable.js';
import { keepEndUserData } from '../input/end-user-data.js';
import { findRun, readStoredRun } from '../input/references.js';
import { readSettlements } from '../input/settlements.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { createSession, type Session } from '../session/session.js';

const FLAGS = {
  ...MODEL_FLAGS,
  ...DRIVE_FLAGS,
  due: flag.toggle('--due', 'every run whose time has come, or whose event was told'),
  takeOver: flag.toggle('--take-over', 'take the run from the process that owns it'),
  anyHost: flag.toggle('--any-host', 'also where another machine has the files that the run made'),
  acceptChanged: flag.list('--accept-changed <tool>', 'continue with this tool as it is now (repeatable)'),
  done: flag.list('--done <step:=value>', 'a step that you did by hand, with what it left (repeatable)'),
  skip: flag.list('--skip <step>', 'leave out a step that failed or is open (repeatable)'),
  acceptRecorded: flag.text('--accept-recorded <digest>', 'let the recorded answers that exit 6 listed count'),
};

type ResumeOptions = OptionsOf<typeof FLAGS>;

/** Continues a run where it stopped. */
export const command = defineCommand({
  about:
    'Asks on a terminal; elsewhere takes --answer. A finished step never runs again. Without a run: the newest that can be resumed.',
  examples: [
    ['portia resume last --answer filename=demo_runs/weather.txt', 'answer and continue'],
    ['portia resume', 'the newest run that can be resumed'],
    ['portia resume --due', 'from cron: what waited for a time or an event'],
    ['portia resume last', 'a complete run prints its result again'],
    ['portia resume last --done 0:=5', 'the first step failed, and you did it by hand'],
  ],
  hasValue: true,
  whyNoYes:
    'resume needs none: the plan of the run was approved when it was started. ' +
    'Calls of tools that act are allowed by --approve TOOL.',
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [text] = invocation.parameters;
    if (session.options.due === true) return resumeDue(session, text);
    const id = text === undefined ? await newestResumable(session) : await findRun(session, text);
    await keepEndUserData(session, (await readStoredRun(session, id)).end_user_id);
    const settlements = await readSettlements(session.options, session.readText);
    const rules = await consentRules(session, session.options.acceptRecorded);
    return drive(session, await shownOfRun(session, id), async (options, given, pause) =>
      resumeRun(id, {
        ...options,
        answers: (run) => given.forRun(run),
        settlements,
        consentRules: rules,
        takeOver: session.options.takeOver,
        anyHost: session.options.anyHost,
        acceptChanged: session.options.acceptChanged,
        confirmChanges: confirmChangesHere(session, pause),
      }),
    );
  },
});

/** For the picture of the steps. What is wrong with the plan is said when the run is resumed. */
async function shownOfRun(session: Session<ResumeOptions>, id: RunId): Promise<ShownRun> {
  const { store } = session.services;
  const run = await readStoredRun(session, id);
  const plan = await store.readPlan(run.plan_id);
  const { acceptChanged = [] } = session.options;
  // A run that has ended is only printed again.
  if (plan !== undefined && (!isFinal(run) || acceptChanged.length > 0)) {
    const plans = [plan, ...(await loadSubPlans(plan, store)).values()];
    refuseUncalled(acceptChanged, plans, id);
    if (!isFinal(run)) await requireTrustForRun(session, plans);
    if (!isFinal(run)) await checkNamedTools(session, plans);
  }
  return { plan, before: run };
}
