import { type Advice, portia, spellAdvice } from '../domain/next-step.js';
import { openClarifications } from '../domain/run/clarification.js';
import { isAwaiting, isRetryable, isStored, type Output, type Run, type StepRecord } from '../domain/run/run.js';
import type { Plan } from '../domain/plan/plan.js';
import { tokenMark } from '../domain/plan/usage.js';
import { answerLines } from './answer-lines.js';
import { byteSize, count } from './brief-value.js';
import { failureHead } from './error-view.js';
import type { Look } from './look.js';
import { NamedValues } from './named-values.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { PartialOutput } from './partial-output.js';
import { questionView } from './question-view.js';
import { stateLine } from './run-state.js';
import { withDollar } from './step-notes.js';
import { outputOf, stepTree } from './step-tree.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { wrapItems, wrapTo } from './text-width.js';
import { timeAgo } from './times.js';
import { wayOn, wayOnFromWait } from './way-on.js';

export interface RunViewOptions {
  /** The plan; without it only the steps that were begun are shown. */
  plan?: Plan | undefined;
  /** Who drives the run at this moment. */
  owner?: { pid: number; host: string; since: string; last_sign?: string } | undefined;
  /** What the plan lets expect: `2 to 5 model calls, 900 to 2,250 tokens`. */
  estimate?: string | undefined;
  /** What its model calls cost: `$0.0012`. */
  cost?: string | undefined;
  /** What loops that failed left, by their paths. */
  partial?: ReadonlyMap<string, PartialOutput> | undefined;
  /** What has to be done before any command can act on the run. */
  before?: Advice | undefined;
  /** Where the run and its plan are kept, as absolute paths. */
  files?: { run: string | undefined; plan: string | undefined } | undefined;
  /** What a person types for the run; its id by default. */
  name?: string;
  /** Whether code of the project that was corrected has to be trusted anew. */
  isByContent?: boolean | undefined;
  /** Nothing of the steps, inputs and result is cut, and every round of a loop has lines of its own. */
  isWhole?: boolean | undefined;
}

/** A run as a person reads it in ten seconds: steps, outputs, times, what failed, what is open, what to do next. */
export function runView(run: Run, look: Look, options: RunViewOptions = {}): string {
  const sections = [
    runHead(run, look, options),
    stepTree(run, look, { ...options, isUnfolded: options.isWhole }),
    options.plan === undefined ? otherOutputs(run, look, options) : [],
    answerLines(run, look),
    failureLines(run, look),
    finalLines(run, look, options),
  ].filter((section) => section.length > 0);
  // The questions of a run inside another are asked by that one.
  const isAsking = run.state !== 'FAILED' && run.parent_run === undefined;
  const questions = isAsking ? questionView(run, look, options.before) : '';
  const next = questions === '' ? nextLines(run, look, options) : [];
  if (next.length > 0) sections.push(next);
  const text = sections.map((section) => section.join('\n')).join('\n\n');
  return questions === '' ? `${text}\n` : `${text}\n\n${questions}`;
}

function runHead(run: Run, look: Look, options: RunViewOptions): string[] {
  const { colour, symbols } = look;
  const { plan, owner, cost } = options;
  const isDeclined = run.error?.code === 'declined';
  const state = stateLine({ ...run, isDriven: owner !== undefined, isDeclined }, look);
  const done = run.steps.filter((step) => isTopLevel(step) && isFinished(step)).length;
  const steps = run.steps.length === 0 ? [] : [`${done} of ${count(run.metadata.step_count, 'step')}`];
  const { calls, input_tokens: input, output_tokens: output } = run.usage;
  const tokens = tokenMark(run.usage) + count(input + output, 'token');
  const facts = [
    ...steps,
    // Old shapes do not say when.
    ...(run.metadata.last_seq === 0 ? [] : [`started ${timeAgo(run.metadata.created_at, look.now)}`]),
    ...(run.state === 'NOT_STARTED' && run.queue?.wake_at ? [`begins ${run.queue.wake_at}`] : []),
    ...(options.estimate === undefined ? [] : [`${options.estimate} expected`]),
    ...(calls === 0 ? [] : [[count(calls, 'model call'), tokens, ...(cost === undefined ? [] : [cost])].join(', ')]),
  ];
  const factLines = wrapItems(
    facts.map((text) => ({ text })),
    { width: look.columns, between: ` ${symbols.separator} ` },
  );
  const stands = [state, ...factLines.map((text) => ({ text, paint: colour.dim }))];
  return [
    `${colour.bold('Run')} ${look.link(run.id, options.files?.run)}`,
    colour.dim(`of  ${look.link(run.plan_id, options.files?.plan)}`),
    ...(run.parent_run === undefined
      ? []
      : [colour.dim(`inside  ${run.parent_run.id}, step ${stepNumber(run.parent_run.path)}`)]),
    ...(plan === undefined ? [] : wrapTo(oneLine(plan.plan_context.query), look.columns)),
    ...wrapItems(stands, { width: look.columns, between: '  ' }),
    ...(owner === undefined
      ? []
      : [
          colour.dim(
            oneLine(
              `driven by process ${owner.pid} on ${owner.host} since ${owner.since}` +
                (owner.last_sign === undefined ? '' : `, last sign of life ${timeAgo(owner.last_sign, look.now)}`),
            ),
          ),
        ]),
    ...(run.stubbed === undefined ? [] : [colour.yellow(oneLine(`with fixed results of ${run.stubbed.join(', ')}`))]),
    ...inputLines(run, look, options),
  ];
}

function inputLines(run: Run, look: Look, options: RunViewOptions): string[] {
  return Object.entries(run.plan_run_inputs).flatMap(([name, value]) => {
    const lines = outputOf(withDollar(name), value, { width: look.columns, look, isWhole: options.isWhole });
    return lines.map((line) => look.colour.dim(line));
  });
}

/** Without the plan nobody can tell which step an output of an old file belongs to, but it can be read. */
function otherOutputs(run: Run, look: Look, { isWhole }: RunViewOptions): string[] {
  const shown = new Set(run.steps.map((record) => record.output_name));
  const others = Object.entries(run.outputs.step_outputs).filter(([name]) => !shown.has(name));
  return others.flatMap(([name, output]) => {
    const lines = outputOf(`${look.symbols.to} ${withDollar(name)}`, output, { width: look.columns, look, isWhole });
    return lines.map((line) => look.colour.green(line));
  });
}

function failureLines(run: Run, look: Look): string[] {
  if (run.error === null) return [];
  const { step } = run.error;
  const loop = step === null ? '' : NamedValues.ofSteps(run.steps).loopText(step, look);
  const place = step === null ? '' : `Step ${stepNumber(step)}${loop === '' ? '' : ` (${loop})`}: `;
  const why = run.error.why === undefined ? [] : wrapTo(printable(run.error.why), look.columns - 2);
  return [...failureHead(place + run.error.message, run.error.code, look), ...why.map((line) => `  ${line}`)];
}

const MOST_LINES = 12;

function finalLines(run: Run, look: Look, { isWhole, name = run.id }: RunViewOptions): string[] {
  const output = run.outputs.final_output;
  if (output === null || run.state !== 'COMPLETE') return [];
  const lines = outputLines(output, look, isWhole);
  const shown = isWhole === true ? lines : lines.slice(0, MOST_LINES);
  const more = look.colour.dim(
    `  ${look.symbols.ellipsis} all of it: ${look.spell(portia('show', name, '--format', 'value'))}`,
  );
  return [
    look.colour.bold('Result'),
    ...shown.map((line) => `  ${line}`),
    ...(lines.length === shown.length ? [] : [more]),
  ];
}

function outputLines(output: Output, look: Look, isWhole: boolean | undefined): string[] {
  if (isStored(output)) {
    const size = typeof output.bytes === 'number' ? byteSize(output.bytes) : 'large';
    return wrapTo(printable(`(${size}, kept aside) ${output.summary}`), look.columns - 2);
  }
  const { value, summary } = output;
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  // Only a few lines are shown, so the rest of a large text need not be wrapped.
  const start = isWhole === true ? text : text.slice(0, look.columns * MOST_LINES * 4);
  return [
    ...(summary === null ? [] : [...wrapTo(printable(summary), look.columns - 2), '']),
    ...wrapTo(printable(start), look.columns - 2),
  ];
}

function nextLines(run: Run, look: Look, options: RunViewOptions): string[] {
  const commands = nextCommands(run, options);
  if (commands === undefined) return [];
  return spellAdvice(commands, look.spell)
    .split('\n')
    .map((command, index) => `${index === 0 ? look.colour.bold('Next') : '    '}  ${printable(command)}`);
}

/** One per line; undefined when there is nothing to do. */
function nextCommands(run: Run, options: RunViewOptions): Advice | undefined {
  if (options.owner !== undefined || run.state === 'COMPLETE') return undefined;
  if (run.state === 'FAILED' && !isRetryable(run)) return undefined;
  if (options.before !== undefined) return options.before;
  if (run.parent_run === undefined && isAwaiting(run)) return wayOnFromWait(run);
  if (run.parent_run === undefined && run.pause !== null && openClarifications(run).length === 0) {
    return portia('resume', run.id);
  }
  if (run.parent_run !== undefined) return portia('resume', run.parent_run.id);
  return wayOn(run, run.error?.code, options.isByContent);
}

function isFinished(step: StepRecord): boolean {
  return step.status === 'completed' || step.status === 'skipped';
}

function isTopLevel(step: StepRecord): boolean {
  return /^\d+$/.test(step.path);
}
