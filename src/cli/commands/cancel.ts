import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { cancelRun } from '../../executor/cancel-run.js';
import { confirm } from '../input/confirm.js';
import { EXIT } from '../session/exit-codes.js';
import type { Invocation } from '../session/io.js';
import type { AllOptions } from '../session/options.js';
import { findRun } from '../input/references.js';
import { createSession } from '../session/session.js';

/** Ends a run for good. */
export async function runCancelCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = ''] = invocation.parameters;
  const id = await findRun(session, text);
  const { store } = session.services;
  const stored = await store.readRun(id);
  if (stored === undefined) throw new PortiaError('not-found', `There is no run ${id}.`, { fix: 'portia list runs' });
  for (const warning of stored.warnings) await session.warn(warning);
  await confirm(session, { question: `Cancel ${id} for good?`, command: `portia cancel ${id} --yes` });
  const run = await cancelRun(store, id, 'cancelled by a person');
  await session.answer({ json: run as unknown as Json, human: () => `Cancelled ${id}.\n` });
  return EXIT.complete;
}
