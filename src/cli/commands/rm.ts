import { PortiaError } from '../../domain/errors.js';
import { isPlanId, isRunId, type PlanId, type RunId } from '../../domain/ids.js';
import { confirm } from '../confirm.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { findStored } from '../references.js';
import { createSession } from '../session.js';

/** Deletes plans and runs, after a yes. All names are resolved before anything is deleted. */
export async function runRmCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const { store } = session.services;
  const named = new Set<PlanId | RunId>();
  for (const text of invocation.parameters) named.add(await findStored(session, text));
  const ids = [...named];
  const what = ids.join(', ');
  await confirm(session, { question: `Delete ${what}?`, command: `portia rm ${ids.join(' ')} --yes` });
  for (const id of ids) {
    if (isRunId(id)) await store.removeRun(id);
    else if (isPlanId(id)) await store.removePlan(id);
    else throw new PortiaError('usage', `${String(id)} is neither a plan nor a run.`);
  }
  await session.answer({ json: { removed: ids }, human: () => `Deleted ${what}.\n` });
  return EXIT.complete;
}
