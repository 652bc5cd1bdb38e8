import { setTimeout as sleep } from 'node:timers/promises';

import { answerChecks } from '../../app/answer-checks.js';
import { readSentAnswer, type SentAnswer, type SentForm } from '../../clarifications/page-form.js';
import type { Channel, Clarification } from '../../domain/run/clarification.js';
import { PortiaError } from '../../domain/errors.js';
import type { Person } from '../../domain/run/person.js';
import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import { answerRun } from '../../executor/answer-run.js';
import type { Site } from './context.js';

/** How long an answer waits for a run that this server drives and that asks meanwhile, in milliseconds. */
const PATIENCE_MS = 20_000;

/** What became of a form: an answer that is recorded, or one that the person has to look at again. */
export type Recorded = { kind: 'recorded'; run: Run } | Exclude<SentAnswer, { kind: 'answered' }>;

/** Who answers, and how the answer came. */
export interface Answerer {
  by: Person;
  channel: Channel & ('web' | 'link');
}

/** Records the answer of a form. Rejects where the run or the question takes none now. */
export async function recordAnswer(
  site: Site,
  { id, question, sent }: { id: RunId; question: Clarification; sent: SentForm },
  { by, channel }: Answerer,
): Promise<Recorded> {
  const said = readSentAnswer(question, sent, { validate: await answerChecks([question]), now: site.services.now });
  if (said.kind !== 'answered') return said;
  const { store, redactor, secrets, alwaysAllowed } = site.services;
  const answer = { id: question.id, response: said.value, reason: said.reason, channel, by };
  const options = {
    answers: async (asking: Run) => {
      requireOpen(asking, question);
      return [answer];
    },
    redact: redactor().json,
    by,
    ...(site.seal.hasKey && { seal: site.seal }),
    always: await alwaysAllowed(),
  };
  // A run that works here takes it at once.
  const taken = await site.drives?.of(id)?.answer(options);
  if (taken !== undefined) return { kind: 'recorded', run: taken };
  await untilPaused(site, id);
  const keepsSecrets = site.seal.hasKey || site.drives !== undefined;
  const run = await answerRun(store, id, { ...options, ...(keepsSecrets && { secrets }) });
  if (run.state !== 'READY_TO_RESUME') return { kind: 'recorded', run };
  site.drives?.resume(id).then(
    ({ ended }) => ended.catch((error: unknown) => site.warn(String(error))),
    (error: unknown) => site.warn(String(error)),
  );
  return { kind: 'recorded', run };
}

/** One that is about to stop takes the answer once it has. */
async function untilPaused({ drives }: Site, id: RunId): Promise<void> {
  const timer = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  const ended = drives?.of(id)?.ended.catch(() => undefined);
  await Promise.race([late, ended ?? Promise.resolve()]);
  timer.abort();
}

function requireOpen(run: Run, { id }: Clarification): void {
  const now = run.outputs.clarifications.find((question) => question.id === id);
  if (now?.resolved === false) return;
  throw new PortiaError('answer-refused', 'The question is no longer open.', { runId: run.id });
}
