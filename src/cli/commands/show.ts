import { PortiaError } from '../../domain/errors.js';
import { bareName } from '../../domain/names.js';
import { isJsonObject, type Json } from '../../domain/json.js';
import { isPlanId, isRunId, type PlanId, type RunId } from '../../domain/ids.js';
import type { Plan } from '../../domain/plan.js';
import { isStored, type Output, type Run } from '../../domain/run.js';
import type { StoredRun } from '../../storage/store.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { findStored, readDocument } from '../references.js';
import { createSession, writeText, type Session } from '../session.js';

/** Shows a plan or a run: a tree for people, the record for programs. */
export async function runShowCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = 'last'] = invocation.parameters;
  const document = await readDocument(session, text);
  if (document === undefined) await showStored(session, await findStored(session, text));
  else await showDocument(session, document.value);
  return EXIT.complete;
}

async function showStored(session: Session, id: PlanId | RunId): Promise<void> {
  const { store } = session.services;
  if (isRunId(id)) {
    const stored = await store.readRun(id);
    if (stored === undefined) throw gone(id);
    await showRun(session, stored);
  } else {
    const plan = isPlanId(id) ? await store.readPlan(id) : undefined;
    if (plan === undefined) throw gone(id);
    await showPlan(session, plan);
  }
}

function gone(id: string): PortiaError {
  return new PortiaError('not-found', `There is nothing called ${id}.`, {
    fix: 'portia list runs, or portia list plans',
  });
}

/** A document that was handed in: runs have a state, plans have steps. */
async function showDocument(session: Session, value: unknown): Promise<void> {
  const { readPlanDocument, readRunDocument } = await import('../../storage/upgrade.js');
  const createdAt = session.services.now().toISOString();
  if (isJsonObject(value) && 'state' in value) {
    const { run, warnings } = readRunDocument(value, { createdAt });
    await showRun(session, { run, warnings, hasLog: false });
    return;
  }
  const { plan, warnings } = readPlanDocument(value, { createdAt });
  for (const warning of warnings) await session.warn(warning);
  await showPlan(session, plan);
}

async function showPlan(session: Session, plan: Plan): Promise<void> {
  await session.answer({
    json: plan as unknown as Json,
    async human(look) {
      const { planView } = await import('../../ui/plan-view.js');
      return planView(plan, look);
    },
  });
}

async function showRun(session: Session, stored: StoredRun): Promise<void> {
  const { run, owner, warnings } = stored;
  for (const warning of warnings) await session.warn(warning);
  const { outputOf } = session.options;
  if (outputOf !== undefined) {
    await showOutput(session, run, outputOf);
    return;
  }
  await session.answer({
    json: run as unknown as Json,
    async human(look) {
      const { runView } = await import('../../ui/run-view.js');
      const plan = await planOf(session, run);
      return runView(run, look, { plan, owner });
    },
  });
}

/** A run can be shown without its plan; a person is told what is wrong with it. */
async function planOf(session: Session, run: Run): Promise<Plan | undefined> {
  try {
    return await session.services.store.readPlan(run.plan_id);
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    await session.warn(error.message);
    return undefined;
  }
}

/** One value, whole, wherever it is kept: text as it is, everything else as JSON. */
async function showOutput(session: Session, run: Run, name: string): Promise<void> {
  const outputs = { ...run.plan_run_inputs, ...run.outputs.step_outputs };
  const found = Object.entries(outputs).find(([known]) => bareName(known) === bareName(name));
  if (found === undefined) {
    const known = Object.keys(outputs).join(', ') || 'none yet';
    throw new PortiaError('not-found', `${run.id} has no output ${name}.`, {
      why: `It has: ${known}.`,
      fix: `portia show ${run.id}`,
    });
  }
  const value = await valueOf(session, run, found[1]);
  await writeText(session, `${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}\n`);
}

async function valueOf(session: Session, run: Run, output: Output): Promise<Json> {
  if (!isStored(output)) return output.value;
  return output.digest === undefined ? output.summary : session.services.store.readMemory(run.id, output.digest);
}
