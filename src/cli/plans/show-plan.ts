import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { PlanningExchange } from '../../domain/run/planning-exchange.js';
import type { Look } from '../../ui/look.js';
import type { Session } from '../session/session.js';

interface ShowPlanOptions {
  outputOf: string | undefined;
  step: string | undefined;
  all: boolean | undefined;
  prompts: boolean | undefined;
  trace: boolean | undefined;
  as: string | undefined;
}

/** Shows a plan: a tree for people, the record for programs; or what the planning model was sent and said. */
export async function showPlan(session: Session<ShowPlanOptions>, plan: Plan): Promise<void> {
  const { outputOf, format, prompts, trace } = session.options;
  if (prompts || trace) return showPlanning(session, plan);
  if (outputOf !== undefined || format === 'value') {
    throw new PortiaError('usage', `${plan.id} is a plan: only a run has values.`, {
      fix: portia('run-plan', plan.id),
    });
  }
  if (session.options.as === 'timeline') {
    throw new PortiaError('usage', `${plan.id} is a plan: only a run has a timeline.`, {
      fix: portia('show', plan.id, '--as', 'mermaid'),
    });
  }
  if (session.options.as === 'mermaid') {
    const { planMermaid } = await import('../../ui/pictures/plan-mermaid.js');
    await session.print({ record: plan, human: () => planMermaid(plan) });
    return;
  }
  await session.print({
    record: plan,
    async human(look) {
      const { planView } = await import('../../ui/plan-view.js');
      const { effectsOfBuiltinTools, sendersOf } = await import('../../app/tool-effects.js');
      const { builtinTools } = await import('../../tools/builtin/builtin-tools.js');
      const senders = sendersOf(builtinTools());
      const { plansInside } = await import('../output/plan-picture.js');
      const [effects, plans] = [effectsOfBuiltinTools(), await plansInside(session, plan)];
      const isCut = session.io.streams.out.isTerminal && session.options.out === undefined && !session.options.all;
      const shown = planView(plan, look, {
        effects,
        senders,
        plans,
        agent: session.services.settings.agent.value,
        isOnlyBuiltin: true,
        ...(isCut && { cut: { shownBy: '--all' } }),
      });
      return `${shown}${await commentsBelow(session, plan, look)}`;
    },
  });
}

/** What people say of the plan, below its picture. */
async function commentsBelow({ services: { store } }: Session, plan: Plan, look: Look): Promise<string> {
  const { commentsOn } = await import('../../app/plans/comments.js');
  const comments = await commentsOn(store, plan);
  if (comments.length === 0) return '';
  const { commentsView } = await import('../../ui/comments-view.js');
  return `\n${commentsView(comments, look)}`;
}

/** What the model was asked and said when the plan was made or changed, and when. */
async function showPlanning(session: Session<ShowPlanOptions>, plan: Plan): Promise<void> {
  const { step, prompts } = session.options;
  if (step !== undefined) {
    throw new PortiaError('usage', `${plan.id} is a plan: only a run has calls of its steps.`, {
      fix: portia('show', plan.id, prompts ? '--prompts' : '--trace'),
    });
  }
  const exchanges = await planningOf(session, plan);
  if (exchanges.length === 0) throw nothingKept(plan);
  if (prompts) {
    await session.print({
      record: exchanges,
      human: async (look) => (await import('../../ui/prompts-view.js')).promptsView(exchanges, look),
    });
    return;
  }
  const { tracedAttempts } = await import('../../domain/run/traced-calls.js');
  const calls = tracedAttempts(exchanges);
  await session.print({
    record: calls,
    human: async (look) => (await import('../../ui/trace-view.js')).traceView(calls, look),
  });
}

/** Of a plan in a file only when it is the one that is kept under its id. */
async function planningOf({ services: { store } }: Session, plan: Plan): Promise<PlanningExchange[]> {
  const kept = await store.readPlan(plan.id);
  return kept !== undefined && planDigest(kept) === planDigest(plan) ? store.readPlanning(plan.id) : [];
}

function nothingKept({ id, derived_from: from, metadata: { planner } }: Plan): PortiaError {
  return new PortiaError('not-found', `Of ${id} no request to a planning model is kept.`, {
    why:
      planner === 'model'
        ? 'It was changed since, it comes from elsewhere, or record_requests was false when it was made.'
        : planner === 'offline'
          ? 'It was planned offline: no model was asked.'
          : 'No model made it.',
    fix: from === undefined ? portia('show', id) : portia('show', from, '--prompts'),
  });
}
