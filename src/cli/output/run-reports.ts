import type { RunState } from '../../domain/run/run.js';
import type { RunBrief } from '../../storage/store.js';
import type { TestCase } from '../../ui/reports/junit.js';

type ListedBrief = RunBrief & { query?: string | null };

/** A listed run: one that failed is a failure, and one that has not ended is skipped. */
export function caseOfRun(brief: ListedBrief): TestCase {
  const about = { className: 'plan_id' in brief ? brief.plan_id : 'runs', name: nameOf(brief) };
  if ('unreadable' in brief) return { ...about, outcome: { kind: 'error', message: brief.unreadable } };
  const kind = KIND_OF_STATE[brief.state];
  return kind === undefined
    ? about
    : { ...about, outcome: { kind, message: messageOf(brief.state, brief.open_questions) } };
}

const KIND_OF_STATE: Record<RunState, 'failure' | 'skipped' | undefined> = {
  COMPLETE: undefined,
  FAILED: 'failure',
  NOT_STARTED: 'skipped',
  IN_PROGRESS: 'skipped',
  NEED_CLARIFICATION: 'skipped',
  READY_TO_RESUME: 'skipped',
};

function nameOf({ id, query }: ListedBrief): string {
  return query ? `${id} ${query}` : id;
}

function messageOf(state: RunState, questions: number): string {
  return questions === 0 ? state : `${state}: ${questions} open ${questions === 1 ? 'question' : 'questions'}`;
}
