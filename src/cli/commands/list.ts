import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { PlanId } from '../../domain/values/ids.js';
import { RUN_STATES, type RunState } from '../../domain/run/run.js';
import type { RunBrief, Store } from '../../storage/store.js';
import { listedRun, planListView, runListView, type ListedPlan, type ListedRun } from '../../ui/list-view.js';
import type { Look } from '../../ui/look.js';
import { junitReport, type TestCase } from '../../ui/reports/junit.js';
import { csvOf } from '../output/csv-of.js';
import { listQuestions } from '../output/list-questions.js';
import { caseOfRun } from '../output/run-reports.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { LIST_LIMIT_FLAGS, readListLimit } from '../session/list-limit.js';
import { createSession, recordLine, writeText, type Session } from '../session/session.js';

const FLAGS = {
  state: flag.text('--state <state>', 'only runs in this state', { choices: RUN_STATES }),
  ...LIST_LIMIT_FLAGS,
};

type ListOptions = OptionsOf<typeof FLAGS>;

export const command = defineCommand({
  choices: ['runs', 'plans', 'questions'],
  examples: [
    ['portia list', 'the newest 20 runs'],
    ['portia list plans --limit 5', 'plans'],
    ['portia list runs --state NEED_CLARIFICATION --json', 'what waits for a person'],
    ['portia list questions', 'each with the command that answers it'],
    ['portia list --format junit', 'runs as a report of tests'],
    ['portia list --format csv -o runs.csv', 'runs for a spreadsheet'],
  ],
  flags: FLAGS,
  reports: ['junit', 'csv'],
  async run(invocation) {
    const [kind = 'runs'] = invocation.parameters;
    if (kind !== 'runs' && kind !== 'plans' && kind !== 'questions') {
      throw new PortiaError('usage', `There is nothing to list called ${JSON.stringify(kind)}.`, {
        fix: advice`${portia('list', 'runs')}, ${portia('list', 'plans')} or ${portia('list', 'questions')}`,
      });
    }
    const session = await createSession(invocation);
    if (kind !== 'runs') refuseForOthers(session, kind);
    const limit = readListLimit(session);
    if (kind === 'plans') await listPlans(session, limit);
    else if (kind === 'questions') await listQuestions(session, limit);
    else await listRuns(session, limit);
    return EXIT.complete;
  },
});

function refuseForOthers({ options, report }: Session<ListOptions>, kind: 'plans' | 'questions'): void {
  const wrong = options.state !== undefined ? '--state' : report === 'junit' ? '--format junit' : undefined;
  if (wrong === undefined) return;
  throw new PortiaError('usage', `${wrong} is for runs.`, {
    why: kind === 'plans' ? 'Plans have no state.' : 'Questions have no state: all of them are open.',
    fix: portia('list', kind),
  });
}

/** Characters of rows that are written together. */
const PIECE = 16_384;

async function listRuns(session: Session<ListOptions>, limit: number): Promise<void> {
  const state = readState(session.options.state);
  const { store } = session.services;
  const briefs = withRequests(store, store.listRuns({ state, limit }));
  if (session.report === 'junit') return writeText(session, await reportOfRuns(briefs));
  await print(session, { rows: briefs, columns: RUN_COLUMNS }, async (all, look) =>
    runListView(await Promise.all(all.map((brief) => listed(session, brief))), look),
  );
}

async function reportOfRuns(briefs: AsyncIterable<RequestedRun>): Promise<string> {
  const cases: TestCase[] = [];
  for await (const brief of briefs) cases.push(caseOfRun(brief));
  return junitReport('portia list', cases);
}

function readState(text: string | undefined): RunState | undefined {
  const spelt = text?.toUpperCase().replaceAll('-', '_');
  const state = RUN_STATES.find((known) => known === spelt);
  if (text === undefined || state !== undefined) return state;
  throw new PortiaError('usage', `There is no state ${JSON.stringify(text)}.`, {
    why: `States: ${RUN_STATES.join(', ')}.`,
    fix: '--state NEED_CLARIFICATION',
  });
}

/** A run with the request that its plan was made for; null when the plan is not here. */
type RequestedRun = RunBrief & { query?: string | null };

async function* withRequests(store: Store, briefs: AsyncIterable<RunBrief>): AsyncGenerator<RequestedRun> {
  // Many runs share few plans.
  const known = new Map<PlanId, string | null>();
  for await (const brief of briefs) {
    if ('unreadable' in brief) yield brief;
    else {
      const { id, plan_id: planId, ...others } = brief;
      let query = known.get(planId);
      if (query === undefined) known.set(planId, (query = await store.readRequest(planId)));
      yield { id, plan_id: planId, query, ...others };
    }
  }
}

async function listed(session: Session<ListOptions>, brief: RequestedRun): Promise<ListedRun> {
  const stored = await session.services.store.readRun(brief.id).catch(() => undefined);
  return listedRun(brief, { run: stored?.run, query: 'query' in brief ? (brief.query ?? undefined) : undefined });
}

type PlanBrief =
  | { id: PlanId; query: string; planner: string; steps: number; created_at: string; liked: boolean }
  | { id: PlanId; unreadable: string };

async function listPlans(session: Session<ListOptions>, limit: number): Promise<void> {
  const { store } = session.services;
  const ids = (await store.listPlanIds()).slice(0, limit === Number.POSITIVE_INFINITY ? undefined : limit);
  const liked = await likedPlanIds(session);
  async function* briefs(): AsyncGenerator<PlanBrief> {
    for (const id of ids) yield await planBrief(store, id, liked.has(id));
  }
  await print(session, { rows: briefs(), columns: PLAN_COLUMNS }, (all, look) =>
    planListView(all.map(listedPlan), look),
  );
}

/** A damaged list of them must not hide the plans. */
async function likedPlanIds({ services, warn }: Session): Promise<ReadonlySet<PlanId>> {
  const plans = await services.likedPlans();
  try {
    return new Set(plans.list().map((plan) => plan.plan_id));
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    await warn(`Nothing shows which plans you liked. ${error.message}`);
    return new Set();
  }
}

async function planBrief(store: Store, id: PlanId, liked: boolean): Promise<PlanBrief> {
  try {
    const plan = await store.readPlan(id);
    if (plan === undefined) return { id, unreadable: 'it is gone' };
    const { plan_context, metadata, steps } = plan;
    return {
      id,
      query: plan_context.query,
      planner: metadata.planner,
      steps: steps.length,
      created_at: metadata.created_at,
      liked,
    };
  } catch (error) {
    // One bad file must not hide the others; it is listed with what is wrong.
    if (error instanceof PortiaError) return { id, unreadable: error.message };
    throw error;
  }
}

function listedPlan(brief: PlanBrief): ListedPlan {
  if ('unreadable' in brief) return { id: brief.id, problem: brief.unreadable };
  const { created_at: createdAt, liked: isLiked, ...rest } = brief;
  return { ...rest, createdAt, isLiked };
}

const RUN_COLUMNS = [
  ...['id', 'plan_id', 'query', 'state', 'open_questions', 'created_at', 'updated_at', 'current_step_index'],
  ...['step_count', 'unreadable'],
];
const PLAN_COLUMNS = ['id', 'query', 'planner', 'steps', 'created_at', 'liked', 'unreadable'];

/** Rows one by one for programs, so that 10,000 of them need no memory; all at once for people. */
async function print<Row extends object>(
  session: Session<ListOptions>,
  { rows, columns }: { rows: AsyncIterable<Row>; columns: readonly string[] },
  view: (rows: Row[], look: Look) => string | Promise<string>,
): Promise<void> {
  const { out } = session.io.streams;
  if (session.format === 'ndjson' && session.options.out === undefined) {
    // A write for each row costs as much as reading its file.
    let lines = '';
    for await (const row of rows) {
      if (out.isClosed) return;
      lines += recordLine(session, row);
      if (lines.length < PIECE) continue;
      await writeText(session, lines);
      lines = '';
    }
    if (lines !== '') await writeText(session, lines);
    return;
  }
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  if (session.report === 'csv') return writeText(session, await csvOf(session, columns, all));
  await session.print({ record: all, human: (look) => view(all, look) });
}
