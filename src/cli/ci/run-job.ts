import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import type { Stage } from '../../ci/github/marker.js';
import type { PortiaError } from '../../domain/errors.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { isEndedByExit, isFinal, type Run } from '../../domain/run/run.js';
import { resumeRun } from '../../executor/resume-run.js';
import { inlineText } from '../../ui/ci/markdown.js';
import type { Section } from '../../ui/ci/page.js';
import { planSections } from '../../ui/ci/plan-sections.js';
import { errorSection, questionSections, resultSection } from '../../ui/ci/run-sections.js';
import { runError } from '../../ui/run-error.js';
import { STATE_WORDS } from '../../ui/run-state.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { parseGivenAnswers } from '../input/given-answers.js';
import { finalText } from '../output/output-value.js';
import { consentRules } from '../runs/consent-rules.js';
import { completeInputs, prepareRunHere } from '../runs/start.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { driveHere, type Driven } from './drive-here.js';
import type { CiSession } from './open-session.js';
import type { KeptState } from './state-file.js';

/** Runs a plan that a person approved from its first step. */
export async function startHere(session: CiSession, found: FoundPlan): Promise<Driven> {
  const answers = await parseGivenAnswers(session, session.options.answer ?? []);
  return driveHere(session, { shown: { plan: found.plan }, answers }, async (options) => {
    const { check, start } = await prepareRunHere(session, found);
    return start(await completeInputs(session, check, await readGivenInputs(session)), options);
  });
}

/** Continues a run that another job left, with the answers of a comment. */
export async function resumeHere(
  session: CiSession,
  { plan, run }: Extract<KeptState, { kind: 'run' }>,
  answers: GivenAnswer[],
): Promise<Driven> {
  return driveHere(session, { shown: { plan, before: run }, answers }, async (options, given) => {
    const inner = await loadSubPlans(plan, session.services.store);
    await requireTrustForRun(session, [plan, ...inner.values()]);
    return resumeRun(run.id, {
      ...options,
      answers: (current) => given.forRun(current),
      consentRules: await consentRules(session),
    });
  });
}

/** What a comment can do with the run from now on. */
export function stageOf(run: Run): Stage {
  if (isFinal(run) || isEndedByExit(run)) return 'ended';
  return openClarifications(run).length > 0 && run.state === 'NEED_CLARIFICATION' ? 'waiting' : 'stopped';
}

/** A run as a page. `commit`: where its plan was read; `isComment`: whether comments answer it. */
export async function runSections(
  session: CiSession,
  { run, error }: { run: Run; error: PortiaError | undefined },
  { plan, commit, isComment }: { plan: Plan; commit: string; isComment: boolean },
): Promise<Section[]> {
  const stage = stageOf(run);
  const about = `Commit \`${commit.slice(0, 12)}\`, plan \`${planDigest(plan).slice(0, 12)}\`, run \`${run.id}\`.`;
  const again = isComment && stage === 'stopped' ? '\n\n`/portia resume` continues it.' : '';
  return [
    { text: `## Portia: ${inlineText(plan.plan_context.query)}` },
    { text: `**${STATE_WORDS[run.state]}.** ${about}${again}` },
    ...(error === undefined ? endSection(session, run, stage) : [errorSection(error)]),
    ...(stage === 'waiting' ? questionSections(run, { isComment }) : []),
    ...resultSection(run.state === 'COMPLETE' ? await finalText(session, run, 'pretty') : undefined),
    ...planSections(plan),
  ];
}

/** Why a run that asks nothing is not complete. */
function endSection({ look }: CiSession, run: Run, stage: Stage): Section[] {
  if (run.state === 'COMPLETE' || stage === 'waiting') return [];
  return [errorSection(runError(run, look))];
}
