import { outputValue } from '../../app/output-value.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Output, Run } from '../../domain/run/run.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isInside } from '../../domain/plan/step-path.js';
import { failedAttempts } from '../../domain/run/failed-attempts.js';
import { nearestSteps, stepsMeant } from '../../domain/run/step-reference.js';
import { tracedCalls } from '../../domain/run/traced-calls.js';
import { printable } from '../../domain/values/printable.js';
import { bareName } from '../../domain/values/names.js';
import type { StoredRun } from '../../storage/store.js';
import { valueText } from '../output/output-value.js';
import { writeToScreen } from '../session/screen.js';
import { writeText, type Session } from '../session/session.js';

/** A run, and what a person typed for it and for a part of it. */
interface Part {
  stored: StoredRun;
  name: string;
  part: string;
}

/** One step, or a whole round. */
export async function showSteps(
  session: Session<{ all?: boolean | undefined }>,
  { stored, name, part, plan }: Part & { plan: Plan | undefined },
): Promise<void> {
  const { store } = session.services;
  const known = { steps: plan?.steps ?? [], records: stored.run.steps };
  const isShown = stepsMeant(part, known);
  // The first step of a round says what the loops are at.
  const round = part.slice(0, part.indexOf(']') + 1);
  const run = await withRecords(session, stored, (path) => isShown(path) || (round !== '' && isInside(path, round)));
  const records = run.steps.filter(({ path }) => isShown(path));
  if (records.length === 0) {
    const { why, near } = nearestSteps(part, known);
    throw new PortiaError('not-found', `${run.id} has no step ${part}.`, {
      why,
      fix: near === undefined ? portia('show', name) : portia('show', name, '--step', near),
    });
  }
  await session.print({
    record: records,
    async human(look) {
      const { stepView } = await import('../../ui/step-view.js');
      const events = stored.hasLog ? await store.readEvents(run.id) : [];
      return stepView(run, look, {
        ...{ name: part, records, plan, isShown, isWhole: session.options.all },
        calls: tracedCalls(events, run.outputs.clarifications).filter(({ path }) => isShown(path)),
        failed: failedAttempts(events).filter(({ path }) => isShown(path)),
      });
    },
  });
}

/** The run with all records that are wanted: those of long loops are only in the log. */
async function withRecords(session: Session, { run }: StoredRun, isWanted: (path: string) => boolean): Promise<Run> {
  if (run.step_totals === undefined) return run;
  return (await session.services.store.readRun(run.id, { keeps: isWanted }))?.run ?? run;
}

/** One value, whole, wherever it is kept: text as it is, everything else as JSON. */
export async function showOutput(session: Session, { stored, name, part }: Part): Promise<void> {
  const { run } = stored;
  const outputs = { ...run.plan_run_inputs, ...run.outputs.step_outputs };
  const found = /^\d/.test(part)
    ? await outputAt(session, stored, part)
    : Object.entries(outputs).find(([known]) => bareName(known) === bareName(part))?.[1];
  if (found === undefined) {
    const known = Object.keys(outputs).join(', ') || 'none yet';
    throw new PortiaError('not-found', `${run.id} has no output ${part}.`, {
      why: `It has: ${known}.`,
      fix: portia('show', name),
    });
  }
  const text = `${valueText(await outputValue(session.services.store, run, found), 'pretty')}\n`;
  const { io, options, speech } = session;
  if (options.out !== undefined || !io.streams.out.isTerminal) await writeText(session, text);
  else await writeToScreen(session, printable(speech.redact(text)));
}

/** No name begins with a digit, as paths do. */
async function outputAt(session: Session, stored: StoredRun, path: string): Promise<Output | undefined> {
  const { steps } = await withRecords(session, stored, (own) => own === path);
  return steps.find((step) => step.path === path)?.output;
}
