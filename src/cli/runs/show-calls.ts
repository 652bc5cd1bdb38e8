import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Run } from '../../domain/run/run.js';
import { stepsMeant } from '../../domain/run/step-reference.js';
import type { StoredRun } from '../../storage/store.js';
import type { Session } from '../session/session.js';

interface Options {
  step: string | undefined;
  prompts: boolean | undefined;
}

/** What reached outside in a run, or in one of its steps. */
export async function showCalls(
  session: Session<Options>,
  { run }: StoredRun,
  { name, plan }: { name: string; plan: Plan | undefined },
): Promise<void> {
  const { store } = session.services;
  const { step, prompts } = session.options;
  const isWanted = step === undefined ? () => true : stepsMeant(step, { steps: plan?.steps ?? [], records: run.steps });
  if (prompts) {
    const { modelExchanges } = await import('../../app/model-exchanges.js');
    const exchanges = await modelExchanges(store, run.id, isWanted);
    if (exchanges.length === 0) throw noCalls(run, { what: 'model', step, name });
    await session.print({
      record: exchanges,
      human: async (look) => (await import('../../ui/prompts-view.js')).promptsView(exchanges, look),
    });
    return;
  }
  const { tracedCalls } = await import('../../domain/run/traced-calls.js');
  const calls = tracedCalls(await store.readEvents(run.id), run.outputs.clarifications).filter(({ path }) =>
    isWanted(path),
  );
  if (calls.length === 0) throw noCalls(run, { what: 'model or tool', step, name });
  await session.print({
    record: calls,
    human: async (look) => (await import('../../ui/trace-view.js')).traceView(calls, look),
  });
}

function noCalls(
  { id }: Run,
  { what, step, name }: { what: string; step: string | undefined; name: string },
): PortiaError {
  const where = step === undefined ? id : `step ${step} of ${id}`;
  const counts = step === undefined ? '' : 'A path counts from 0, with the round in brackets: 2, 4[37].steps.0. ';
  return new PortiaError('not-found', `No ${what} was called in ${where}.`, {
    why: `${counts}A plan in a plan has a run of its own.`,
    fix: portia('show', name),
  });
}
