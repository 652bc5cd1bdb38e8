import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

import { fromCwd } from '../../app/services.js';
import type { Conversation } from '../../ci/github/conversation.js';
import type { Pull } from '../../ci/github/event.js';
import { checkedOutCommit } from '../../ci/github/workflow.js';
import { PortiaError } from '../../domain/errors.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { diffPlans } from '../../domain/plan/plan-diff.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { diffSection, planSections } from '../../ui/ci/plan-sections.js';
import { inlineText } from '../../ui/ci/markdown.js';
import type { Section } from '../../ui/ci/page.js';
import { problemsSection } from '../../ui/ci/run-sections.js';
import { fileFor, reportOfPlans } from '../output/plan-reports.js';
import { loadPlan } from '../input/references.js';
import { fillQuery, readQuery } from '../input/query.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { checkOneOfSeveral, isError } from '../plans/check-plan.js';
import { makePlan } from '../plans/make-plan.js';
import { EXIT } from '../session/exit-codes.js';
import { show, type OwnComment } from './below.js';
import type { Job } from './job.js';
import type { CiSession } from './open-session.js';
import { planIn, readState, writePlanState } from './state-file.js';

interface PlanJob {
  job: Job;
  /** Undefined where no comment can be written. */
  talk: Conversation | undefined;
  request: Pull;
  /** What the bot showed before. */
  own: OwnComment | undefined;
  /** Id of the newest comment that was looked at. */
  handled: number;
  /** The file of the plan, from the folder in which the command works. */
  file: string | undefined;
}

/** Shows the plan of a pull request in the summary and in the comment. Nothing is run. */
export async function planJob(
  session: CiSession,
  { job, talk, request, own, handled, file }: PlanJob,
): Promise<{ own: OwnComment | undefined; exitCode: number }> {
  await requireCommit(session, request.commit);
  if (file !== undefined) refuseOutside(session, file);
  const before = await planBefore(session, { own, talk, request, file });
  const made = await madePlan(session, job, file);
  const { plan, sections, exitCode } = made;
  const head = headOf(session, { plan, request, isApprovable: talk !== undefined });
  const compared =
    plan === undefined || before === undefined ? [] : [diffSection(before, plan, diffPlans(before.plan, plan))];
  const all = [...head, ...compared, ...sections];
  job.summarize(all);
  const state = plan === undefined ? undefined : job.stateOf(writePlanState(session, plan));
  job.end({ state: plan === undefined ? '' : 'PLANNED', exitCode });
  if (talk === undefined) return { own, exitCode };
  const stage = plan === undefined ? ('ended' as const) : ('planned' as const);
  const digest = plan === undefined ? undefined : planDigest(plan);
  const place = { session, job, talk, pull: request.number };
  const shown = await show(place, { own, sections: all }, (newest) => {
    return { commit: request.commit, plan: digest, stage, state, handled, shown: { plan: newest, questions: {} } };
  });
  return { own: shown, exitCode };
}

/** Rejects with `stale` when another commit is checked out than the one that is shown. */
export async function requireCommit({ services }: CiSession, commit: string): Promise<void> {
  const here = await checkedOutCommit(services.cwd);
  if (here === commit) return;
  throw new PortiaError('stale', 'Another commit is checked out than the one of the pull request.', {
    why: `${here.slice(0, 12)} is here, and the pull request is at ${commit.slice(0, 12)}.`,
    fix: 'Check out what portia ci github --find says: ref: ${{ steps.find.outputs.commit }}',
  });
}

/** A link in the commit must not lead to another file of the machine. */
function refuseOutside({ services }: CiSession, file: string): void {
  const path = fromCwd(services, file);
  if (!existsSync(path)) return;
  const inside = relative(realpathSync(services.cwd), realpathSync(path));
  if (!inside.startsWith('..') && !isAbsolute(inside)) return;
  throw new PortiaError('usage', `${file} is outside of the checkout.`, {
    why: 'It is a link, or its name leads out.',
    fix: 'Put the plan itself into the repository.',
  });
}

/** The plan that the comment showed last, else the one of the branch that the pull request is for. */
async function planBefore(
  session: CiSession,
  { own, talk, request, file }: Pick<PlanJob, 'own' | 'talk' | 'request' | 'file'>,
): Promise<{ plan: Plan; name: string } | undefined> {
  const last = await readState(session, own?.marker?.state);
  if (last !== undefined) return { plan: last.plan, name: 'the plan that was shown last' };
  if (talk === undefined || file === undefined) return undefined;
  const path = fileFor(session, fromCwd(session.services, file)) ?? file;
  const text = await talk.file(path, request.base);
  if (text === undefined) return undefined;
  try {
    return { plan: await planIn(session, text, file), name: 'the plan of the base branch' };
  } catch (error) {
    // A plan that could not be read there is none to compare with.
    if (error instanceof PortiaError) return undefined;
    throw error;
  }
}

interface MadePlan {
  plan: Plan | undefined;
  sections: Section[];
  exitCode: number;
}

/** The plan of the file, with its problems at their lines, or one that is made from the request. */
async function madePlan(session: CiSession, job: Job, file: string | undefined): Promise<MadePlan> {
  const { request } = session.options;
  if (request !== undefined) {
    const plan = await requestedPlan(session, request);
    return { plan, sections: planSections(plan), exitCode: EXIT.complete };
  }
  const checked = await checkOneOfSeveral(session, file ?? '');
  await job.annotate(session.speech.redact(await reportOfPlans(session, 'github', [checked])));
  const problems = problemsSection(checked.problems);
  if (checked.problems.some(isError)) return { plan: undefined, sections: problems, exitCode: EXIT.usage };
  const plan = completePlan((await loadPlan(session, file ?? '')).plan);
  return { plan, sections: [...problems, ...planSections(plan)], exitCode: EXIT.complete };
}

export async function requestedPlan(session: CiSession, parameter: string): Promise<Plan> {
  const inputs = await readGivenInputs(session);
  const query = fillQuery(await readQuery(session, parameter), { parameter, inputs });
  return completePlan((await makePlan(session, query, { inputNames: Object.keys(inputs) })).plan);
}

const FROM_FORK =
  'It comes from a fork, so it was read without trust and secrets. A member shows it with `/portia plan`.';
const NO_KEY = 'Nothing can be approved here, because the job has no `PORTIA_SIGNING_KEY`.';

function headOf(
  { options }: CiSession,
  { plan, request, isApprovable }: { plan: Plan | undefined; request: Pull; isApprovable: boolean },
): Section[] {
  const commit = `Commit \`${request.commit.slice(0, 12)}\``;
  if (plan === undefined) return [{ text: '## Portia: the plan has errors' }, { text: `${commit}. Nothing was run.` }];
  const right = options.permission ?? 'write';
  const how = isApprovable
    ? `\n\nA member with the right \`${right}\` runs it with a comment: \`/portia approve\`. New commits make this void.`
    : `\n\n${request.isFork ? FROM_FORK : NO_KEY}`;
  return [
    { text: `## Portia: ${inlineText(plan.plan_context.query)}` },
    { text: `${commit}, plan \`${planDigest(plan).slice(0, 12)}\`. Nothing was run.${how}` },
  ];
}
