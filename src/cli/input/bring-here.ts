import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { fromCwd } from '../../app/services.js';
import { type Advice, portia } from '../../domain/next-step.js';
import type { Run } from '../../domain/run/run.js';
import type { Session } from '../session/session.js';
import { type Document, STDIN } from './references.js';

/** How a run that was shown from a file comes into the project; undefined when the project has it already. */
export async function bringHere(session: Session, run: Run, { name }: Document): Promise<Advice | undefined> {
  const { store } = session.services;
  if (await store.has(run.id)) return undefined;
  // What a run of portia's own had under way is only in its log.
  if (run.metadata.last_seq > 0) return `Put ${run.id}.json and the folder ${run.id} into runs/ to continue it.`;
  if (name === STDIN) return `Put it into runs/ as ${run.id}.json to continue it.`;
  const folder = dirname(name);
  const hasPlan =
    (await store.has(run.plan_id)) || existsSync(fromCwd(session.services, join(folder, `${run.plan_id}.json`)));
  if (!hasPlan) return `Put its plan ${run.plan_id}.json beside it to continue it.`;
  if (basename(name) === `${run.id}.json`) return portia('import', folder);
  return `Put ${name} into runs/ as ${run.id}.json to continue it.`;
}
