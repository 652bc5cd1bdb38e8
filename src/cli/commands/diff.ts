import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isRunId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { isJsonObject } from '../../domain/values/json.js';
import type { Plan } from '../../domain/plan/plan.js';
import { diffPlans } from '../../domain/plan/plan-diff.js';
import { diffRuns } from '../../domain/run/run-diff.js';
import type { Run } from '../../domain/run/run.js';
import { readPlanDocument, readRunDocument } from '../../storage/upgrade/upgrade.js';
import { planDiffView } from '../../ui/plan-diff-view.js';
import { runDiffView } from '../../ui/run-diff-view.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { findPlanId, findRunId } from '../../app/find-stored.js';
import { findStored, readDocument, readStoredPlan, readStoredRun } from '../input/references.js';
import { createSession, type Session } from '../session/session.js';

type Compared = { kind: 'plan'; name: string; plan: Plan } | { kind: 'run'; name: string; run: Run };

const FLAGS = { exitCode: flag.toggle('--exit-code', 'exit 1 when they differ') };

/** What differs between two plans or two runs. Without --exit-code it is not a failure when something does. */
export const command = defineCommand({
  about: 'Exits with 0 even when they differ. With --exit-code, exits with 1 then.',
  examples: [
    ['portia diff plan.json city.json', 'two plans'],
    ['portia diff last plan.json --exit-code', 'for scripts'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [first = '', second = ''] = invocation.parameters;
    const changes = await compare(session, await readBoth(session, first, second));
    return changes > 0 && session.options.exitCode === true ? EXIT.failed : EXIT.complete;
  },
});

async function compare(session: Session, [before, after]: [Compared, Compared]): Promise<number> {
  const names = { before: before.name, after: after.name };
  if (before.kind === 'plan' && after.kind === 'plan') {
    const changes = diffPlans(before.plan, after.plan);
    await session.print({
      record: { a: names.before, b: names.after, changes: changes },
      human: (look) => planDiffView({ before, after, changes }, look),
    });
    return changes.length;
  }
  if (before.kind === 'run' && after.kind === 'run') {
    const changes = diffRuns(before.run, after.run);
    await session.print({
      record: { a: names.before, b: names.after, changes: changes },
      human: (look) => runDiffView({ ...names, changes }, look),
    });
    return changes.length;
  }
  throw new PortiaError('usage', `${before.name} is a ${before.kind}, and ${after.name} a ${after.kind}.`, {
    why: 'Two plans can be compared, or two runs.',
    fix: portia('diff', '--help'),
  });
}

async function readBoth(session: Session, first: string, second: string): Promise<[Compared, Compared]> {
  const [one, two] = [await readGiven(session, first), await readGiven(session, second)];
  // `last`, or the end of an id, means the same kind as the other one.
  const before = one ?? (await readStored(session, first, two?.kind ?? prefixKind(second)));
  return [before, two ?? (await readStored(session, second, prefixKind(first) ?? before.kind))];
}

function prefixKind(text: string): Compared['kind'] | undefined {
  if (text.startsWith('plan-')) return 'plan';
  return text.startsWith('prun-') ? 'run' : undefined;
}

async function readGiven(session: Session, text: string): Promise<Compared | undefined> {
  const document = await readDocument(session, text);
  if (document === undefined) return undefined;
  const { name, value } = document;
  const options = { createdAt: session.services.now().toISOString(), name };
  const isRun = isJsonObject(value) && 'state' in value;
  const read = isRun ? readRunDocument(value, options) : readPlanDocument(value, options);
  for (const warning of read.warnings) await session.warn(warning);
  return 'run' in read ? { kind: 'run', name, run: read.run } : { kind: 'plan', name, plan: read.plan };
}

async function readStored(session: Session, text: string, kind: Compared['kind'] | undefined): Promise<Compared> {
  const id = await findId(session, text, prefixKind(text) ?? kind);
  if (!isRunId(id)) return { kind: 'plan', name: id, plan: await readStoredPlan(session.services, id) };
  return { kind: 'run', name: id, run: await readStoredRun(session, id, { keeps: () => true }) };
}

async function findId(session: Session, text: string, kind: Compared['kind'] | undefined): Promise<PlanId | RunId> {
  const { store } = session.services;
  if (kind === undefined) return findStored(session, text);
  return kind === 'run' ? findRunId(store, text) : findPlanId(store, text);
}
