import { outputValue } from '../../app/output-value.js';
import { PortiaError } from '../../domain/errors.js';
import { portia, portiaTyped } from '../../domain/next-step.js';
import { problemsError } from '../../domain/schema-problems.js';
import { placeOf } from '../../domain/plan/step-path.js';
import type { Plan } from '../../domain/plan/plan.js';
import { planForSdk, type ForSdk } from '../../domain/python-sdk/plan-for-sdk.js';
import { runForSdk } from '../../domain/python-sdk/run-for-sdk.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import { isRunId } from '../../domain/values/ids.js';
import { isJsonObject } from '../../domain/values/json.js';
import { findStored, readDocument, readGivenPlan, readStoredPlan, readStoredRun } from '../input/references.js';
import type { Session } from '../session/session.js';

/** Writes a plan or a run as the Python SDK reads it. `text` names it: an id, a plan's file or `last`. */
export async function exportForSdk(session: Session, text: string): Promise<void> {
  const { id, written } = await forSdk(session, text);
  if (!written.ok) {
    throw problemsError('invalid-plan', `${id} says what the Python SDK cannot read.`, {
      problems: written.problems,
      place: placeOf,
    });
  }
  await session.print({ record: written.document, human: () => `${JSON.stringify(written.document, null, 2)}\n` });
}

async function forSdk(session: Session, text: string): Promise<{ id: string; written: ForSdk }> {
  const { store } = session.services;
  const document = await readDocument(session, text);
  if (document !== undefined) {
    if (isJsonObject(document.value) && 'state' in document.value) throw runFile(document.name);
    return { id: document.name, written: planForSdk(await readGivenPlan(session, document)) };
  }
  const id = await findStored(session, text);
  if (!isRunId(id)) return { id, written: planForSdk(await readStoredPlan(session.services, id)) };
  const run = await readStoredRun(session, id);
  const plan = await planOf(session, run);
  const written = await runForSdk(run, plan, (output) => outputValue(store, run, output));
  if (written.ok && !isFinal(run)) {
    await session.warn(
      `${id} has not ended. Continue either this run or the copy: each would make the calls that are left.`,
    );
  }
  return { id, written };
}

function runFile(name: string): PortiaError {
  return new PortiaError('usage', `${name} is the file of a run.`, {
    why: 'A run is exported with the values that are kept beside it, so from where it is stored.',
    fix: portiaTyped('export', 'RUN --for python-sdk'),
  });
}

async function planOf({ services }: Session, { id, plan_id: planId }: Run): Promise<Plan> {
  const plan = await services.store.readPlan(planId);
  if (plan !== undefined) return plan;
  throw new PortiaError('plan-missing', `The plan ${planId} of ${id} is not here.`, {
    why: 'Without it nobody knows whether the Python SDK has its steps.',
    fix: portia('list', 'plans'),
    runId: id,
  });
}
