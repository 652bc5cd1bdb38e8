import { advice, type Advice, portia } from '../../domain/next-step.js';
import { join } from 'node:path';

import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { isPlanId, isRunId, type PlanId, type RunId } from '../../domain/values/ids.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isStored, type Run } from '../../domain/run/run.js';
import type { StoredRun } from '../../storage/store.js';
import type { PartialOutput } from '../../ui/partial-output.js';
import { EXIT, exitCodeOfRun } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import type { GlobalOptions } from '../session/options.js';
import { fileOf } from '../output/place-of.js';
import { finalText } from '../output/output-value.js';
import { bringHere } from '../input/bring-here.js';
import { findRun, findStored, readGiven, readGivenPlan, type Document } from '../input/references.js';
import { showPlan } from '../plans/show-plan.js';
import { fromCwd } from '../../app/services.js';
import { spellFor } from '../output/spell-stubs.js';
import { showCalls } from '../runs/show-calls.js';
import { showTimeline } from '../runs/show-timeline.js';
import { readExportedFile, readExportedText, redactedHere, type ExportedHere } from '../runs/show-export.js';
import { createSession, writeText, type Session } from '../session/session.js';

const FLAGS = {
  as: flag.text(
    '--as <form>',
    'tree: the picture, also in a pipe; json: the record; of a plan mermaid: a flowchart; of a run timeline: its steps in their time',
  ),
  all: flag.toggle('--all', 'cut nothing in the picture, and show every round of a loop'),
  follow: flag.toggle('--follow', 'a run as it happens elsewhere, until it ends or asks; exits as the run would'),
  outputOf: flag.text('--output-of <name>', 'only one value, whole: of $name, or of a step by its path'),
  step: flag.text('--step <path>', 'only one step (2, 4[37].steps.0, $total, its name) or a whole round (4[37])'),
  prompts: flag.toggle('--prompts', 'what models were sent and what they said; with --step, those of one step'),
  redact: flag.toggle('--redact', 'of a run: without its data, for others to see'),
  trace: flag.toggle(
    '--trace',
    'the calls of models and tools, and the questions, in their time; with --step, of one step',
  ),
};

type ShowOptions = OptionsOf<typeof FLAGS>;

/** Shows a plan or a run: a tree for people, the record for programs. */
export const command = defineCommand({
  about: 'Of a plan, --prompts and --trace show each attempt of the model that made or refined it.',
  examples: [
    ['portia show last', 'the newest run, or plan when there is no run'],
    ['portia show plan.json', 'a file'],
    ['portia show last --as tree', 'the picture, also in a pipe'],
    ['portia show plan.json --as mermaid', 'a flowchart for a page of Markdown'],
    ['portia show last --as timeline', 'when each step worked and waited'],
    ["portia show last --output-of '$result'", 'one value, whole'],
    ['portia show last --step 0', 'one step, by its path'],
    ['portia show last --step 3 --prompts', 'what the model of a step was sent and said'],
    ['portia show last --as json --redact', 'what others may see of a run'],
    ['portia show last --trace', 'how long each call took, and when'],
    ['portia show last --follow', 'the newest run while it happens'],
  ],
  hasValue: true,
  flags: FLAGS,
  async run(invocation) {
    refuseTwoViews(invocation.options);
    const session = await createSession({ ...invocation, options: inForm(invocation.options) });
    const [text = 'last'] = invocation.parameters;
    if (session.options.follow) {
      const { followRun } = await import('../runs/follow-run.js');
      return followRun(session, await findRun(session, text));
    }
    const exported = await readExportedFile(session, text);
    const given = exported === undefined ? await readGiven(session, text) : undefined;
    if (exported !== undefined) await showExported(exported, text);
    else if (given === undefined) await showStored(session, await findStored(session, text));
    else if (given.kind === 'exported') await showExported(await readExportedText(session, given), text);
    else await showDocument(session, given, text);
    return EXIT.complete;
  },
});

async function showExported({ session, id, before }: ExportedHere<ShowOptions>, text: string): Promise<void> {
  await showRun(session, await session.services.store.requireRun(id), { name: text, before });
}

function refuseTwoViews({ prompts, trace, outputOf, as, follow, step, redact, all }: ShowOptions): void {
  const form = as === 'mermaid' || as === 'timeline' ? `--as ${as}` : undefined;
  const ofWhole = [step !== undefined && '--step', redact && '--redact', all && '--all'];
  const views = [
    ...[
      follow && '--follow',
      prompts && '--prompts',
      trace && '--trace',
      outputOf !== undefined && '--output-of',
      form,
    ],
    ...(follow ? ofWhole : []),
  ].filter(Boolean);
  if (views.length < 2) return;
  throw new PortiaError('usage', `${views.join(' and ')} are shown one at a time.`, { fix: 'Leave out one of them.' });
}

/** The `--format` that each `--as` means. */
const FORMS = new Map([
  ['tree', 'human'],
  ['json', 'json'],
  ['mermaid', 'human'],
  ['timeline', 'human'],
]);

function inForm(options: GlobalOptions & ShowOptions): GlobalOptions & ShowOptions {
  if (options.as === undefined) return options;
  const format = FORMS.get(options.as);
  const other = options.json === true ? 'json' : options.format;
  if (format !== undefined && (other === undefined || other === format)) return { ...options, format };
  const what =
    format === undefined
      ? 'is not a form that show knows'
      : `contradicts ${options.json ? '--json' : `--format ${other}`}`;
  throw new PortiaError('usage', `--as ${options.as} ${what}.`, {
    fix: '--as tree, --as json, --as mermaid, or --as timeline',
  });
}

async function showStored(session: Session<ShowOptions>, id: PlanId | RunId): Promise<void> {
  const { store } = session.services;
  if (isRunId(id)) {
    if (session.options.redact) return showExported(await redactedHere(session, id), id);
    const stored = await store.readRun(id);
    if (stored === undefined) throw gone(id);
    await showRun(session, stored, { name: id });
  } else {
    const plan = isPlanId(id) ? await store.readPlan(id) : undefined;
    if (plan === undefined) throw gone(id);
    await showPlan(session, plan);
  }
}

function gone(id: string): PortiaError {
  return new PortiaError('not-found', `There is nothing called ${id}.`, {
    fix: advice`${portia('list', 'runs')}, or ${portia('list', 'plans')}`,
  });
}

/** A document that was handed in: runs have a state, plans have steps. */
async function showDocument(session: Session<ShowOptions>, document: Document, text: string): Promise<void> {
  const { name, value } = document;
  if (!isJsonObject(value) || !('state' in value)) {
    await showPlan(session, await readGivenPlan(session, document));
    return;
  }
  const own = ownRunOf(session, name, value);
  if (own !== undefined) return showStored(session, own);
  const { readRunDocument } = await import('../../storage/upgrade/upgrade.js');
  const createdAt = session.services.now().toISOString();
  const { run } = readRunDocument(value, { createdAt, name });
  const plan = await planOf(session, run);
  const { warnings } = readRunDocument(value, { createdAt, name, plan });
  const before = await bringHere(session, run, document);
  await showRun(session, { run, warnings, hasLog: false }, { name: text, before });
}

/** The stored run that this file belongs to: the file may be behind the log, or differ from it. */
function ownRunOf({ services }: Session, name: string, { id }: JsonObject): RunId | undefined {
  if (!isRunId(id)) return undefined;
  const path = join(services.settings.storageDir.value, 'runs', `${id}.json`);
  return fromCwd(services, name) === path ? id : undefined;
}

/** What is said of a run that is shown from elsewhere. */
interface ShownFrom {
  /** What a person types for it. */
  name: string;
  /** What has to be done before it can be resumed. */
  before?: Advice | undefined;
}

async function showRun(session: Session<ShowOptions>, stored: StoredRun, { name, before }: ShownFrom): Promise<void> {
  const { run, owner, warnings, hasLog } = stored;
  for (const warning of warnings) await session.warn(warning);
  const { outputOf, step } = session.options;
  if (session.options.as === 'mermaid' || session.options.as === 'timeline') return showTimeline(session, stored);
  if (session.options.prompts || session.options.trace) {
    return showCalls(session, stored, { name, plan: step === undefined ? undefined : await planOf(session, run) });
  }
  if (step !== undefined) {
    const { showSteps } = await import('../runs/show-parts.js');
    return showSteps(session, { stored, name, part: step, plan: await planOf(session, run) });
  }
  if (outputOf !== undefined) {
    const { showOutput } = await import('../runs/show-parts.js');
    return showOutput(session, { stored, name, part: outputOf });
  }
  if (session.format === 'value') return showFinalValue(session, run, before);
  if (session.format === 'ndjson') return showEvents(session, stored);
  await session.print({
    record: run,
    async human(look) {
      const { runView } = await import('../../ui/run-view.js');
      const plan = await planOf(session, run);
      return runView(
        await withAllRounds(session, stored),
        { ...look, spell: await spellFor(session, run) },
        {
          ...{ plan, owner, isWhole: session.options.all, isByContent: session.services.trust.isByContent },
          ...(await comparedWithEstimate(session, stored, plan)),
          partial: await partialOf(session, run, plan),
          files: hasLog ? { run: fileOf(session, run.id), plan: plan && fileOf(session, plan.id) } : undefined,
          before: before ?? (plan === undefined ? planFirst(run) : undefined),
          name,
        },
      );
    },
  });
}

/** The run as it is shown: with --all it has every record, those of long loops from its log. */
async function withAllRounds({ options, services }: Session<ShowOptions>, { run, hasLog }: StoredRun): Promise<Run> {
  const lacksSome = run.step_totals !== undefined && hasLog;
  return options.all && lacksSome ? (await services.store.requireRun(run.id, { keeps: () => true })).run : run;
}

/** No command can continue a run whose plan is not here. */
function planFirst({ plan_id: id }: Run): Advice {
  return `Put its plan ${id}.json into plans/ to continue it.`;
}

/** What a run that asked models was expected to take, and what it cost; neither where nothing is to be compared. */
async function comparedWithEstimate(
  session: Session,
  { run, hasLog }: StoredRun,
  plan: Plan | undefined,
): Promise<{ estimate?: string; cost?: string | undefined }> {
  if (plan === undefined || run.usage.calls === 0) return {};
  const { expectedHere } = await import('../../app/plans/estimate-here.js');
  const { plansInside } = await import('../output/plan-picture.js');
  const { dollars, expectedText } = await import('../../ui/estimate-view.js');
  const inputs = Object.fromEntries(
    Object.entries(run.plan_run_inputs).flatMap(([name, output]) => (isStored(output) ? [] : [[name, output.value]])),
  );
  const { modelsAsked, spentOn } = await import('../../domain/run/spent.js');
  const { store, settings } = session.services;
  const plans = await plansInside(session, plan);
  const isPriced = hasLog && settings.prices.size > 0;
  const events = isPriced ? await store.readEvents(run.id) : [];
  const cost = isPriced ? spentOn(run, events, settings.prices) : undefined;
  return {
    estimate: expectedText(
      await expectedHere(session.services, { plan, plans }, { inputs, models: modelsAsked(events) }),
    ),
    cost: cost === undefined ? undefined : dollars(cost),
  };
}

/** What loops that failed left; undefined where nothing failed. */
async function partialOf(
  session: Session,
  run: Run,
  plan: Plan | undefined,
): Promise<ReadonlyMap<string, PartialOutput> | undefined> {
  if (plan === undefined || run.steps.every(({ status }) => status !== 'failed')) return undefined;
  const { partialOutputs } = await import('../../ui/partial-output.js');
  const { collectRecorded } = await import('../output/collect-recorded.js');
  return partialOutputs(run, plan, collectRecorded(session, run));
}

/** A run can be shown without its plan; a warning says what is wrong with the plan. */
async function planOf(session: Session<ShowOptions>, run: Run): Promise<Plan | undefined> {
  try {
    return await session.services.store.readPlan(run.plan_id);
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    await session.warn(error.message);
    return undefined;
  }
}

async function showFinalValue(session: Session<ShowOptions>, run: Run, before?: Advice): Promise<void> {
  if (run.state !== 'COMPLETE') {
    throw new PortiaError('not-found', `${run.id} has no final value yet.`, {
      why: `It is ${run.state}.`,
      fix: before ?? portia('resume', run.id),
      runId: run.id,
    });
  }
  await writeText(session, await finalText(session, run, 'compact'));
}

/** The stream that was printed while the run was driven, from its log. */
async function showEvents(session: Session<ShowOptions>, { run, hasLog }: StoredRun): Promise<void> {
  const { openEventSink } = await import('../output/event-sink.js');
  const sink = openEventSink(session);
  if (hasLog) for (const event of await session.services.store.readEvents(run.id)) sink.write(event);
  await sink.end(run, exitCodeOfRun(run));
}
