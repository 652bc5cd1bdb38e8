import { portiaTyped } from '../domain/next-step.js';
import { shortId } from '../domain/values/ids.js';
import type { PauseReason, Run, RunState } from '../domain/run/run.js';
import type { RunBrief } from '../storage/store.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { stateLine } from './run-state.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { timeAgo } from './times.js';

/** A plan in a list, or a file that cannot be read. */
export type ListedPlan =
  | { id: string; query: string; steps: number; planner: string; createdAt: string; isLiked: boolean }
  | { id: string; problem: string };

/** A run in a list, or a file that cannot be read. */
export type ListedRun =
  | {
      id: string;
      state: RunState;
      /** Steps that are completed or skipped, and all. */
      done: number;
      steps: number;
      openQuestions: number;
      updatedAt: string;
      /** Query of its plan, when the plan is known. */
      query: string | undefined;
      /** Whether a process drives it now. */
      isDriven: boolean;
      /** Whether a person ended it. */
      isDeclined: boolean;
      /** Why it stopped, when that is known. */
      pause: { reason: PauseReason } | null;
    }
  | { id: string; problem: string };

/** A run as a list shows it, from its brief and, where it can be read, itself. */
export function listedRun(
  brief: RunBrief,
  { run, query }: { run: Run | undefined; query: string | undefined },
): ListedRun {
  if ('unreadable' in brief) return { id: brief.id, problem: brief.unreadable };
  const top = (run?.steps ?? []).filter(({ path }) => /^\d+$/.test(path));
  return {
    id: brief.id,
    state: brief.state,
    done: top.filter(({ status }) => status === 'completed' || status === 'skipped').length,
    steps: brief.step_count,
    openQuestions: brief.open_questions,
    updatedAt: brief.updated_at,
    query,
    isDriven: brief.owner !== undefined,
    isDeclined: run?.error?.code === 'declined',
    pause: run?.pause ?? null,
  };
}

/** Plans in the given order. Ends with a newline. */
export function planListView(plans: ListedPlan[], look: Look): string {
  if (plans.length === 0) return `No plans yet. Make one: ${look.spell(portiaTyped('plan', '"…"'))}\n`;
  const rows = plans.map((plan): Line[] =>
    'problem' in plan
      ? unreadable(plan, [{ text: '' }, { text: '' }, { text: '' }], look)
      : [
          idCell(plan.id, look),
          { text: timeAgo(plan.createdAt, look.now) },
          { text: String(plan.steps) },
          { text: oneLine(plan.planner) },
          { text: `${plan.isLiked ? '(liked) ' : ''}${oneLine(plan.query)}` },
        ],
  );
  return lines(layoutTable({ headers: ['PLAN', 'MADE', 'STEPS', 'PLANNER', 'REQUEST'], rows }, look));
}

/** Runs in the given order. Ends with a newline. */
export function runListView(runs: ListedRun[], look: Look): string {
  if (runs.length === 0) return `No runs yet. Start one: ${look.spell(portiaTyped('run', '"…"'))}\n`;
  const rows = runs.map((run): Line[] =>
    'problem' in run
      ? unreadable(run, [{ text: '' }, { text: '' }, { text: '' }], look)
      : [
          idCell(run.id, look),
          stateLine(run, look),
          { text: `${run.done}/${run.steps}` },
          { text: timeAgo(run.updatedAt, look.now) },
          {
            text: [questionsText(run.openQuestions), oneLine(run.query ?? '')].filter((text) => text !== '').join(' '),
          },
        ],
  );
  return lines(layoutTable({ headers: ['RUN', 'STATE', 'STEPS', 'CHANGED', 'REQUEST'], rows }, look));
}

function idCell(id: string, look: Look): Line {
  return { text: shortId(id), paint: look.colour.cyan };
}

function questionsText(open: number): string {
  return open === 0 ? '' : `(${count(open, 'question')})`;
}

function unreadable(item: { id: string; problem: string }, empty: Line[], look: Look): Line[] {
  return [idCell(item.id, look), ...empty, { text: `unreadable: ${oneLine(item.problem)}`, paint: look.colour.red }];
}

function lines(all: string[]): string {
  return `${all.join('\n')}\n`;
}
