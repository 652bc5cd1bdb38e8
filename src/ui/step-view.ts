import type { Plan } from '../domain/plan/plan.js';
import { stepNumber } from '../domain/plan/step-path.js';
import type { FailedAttempt } from '../domain/run/failed-attempts.js';
import type { Run, StepRecord } from '../domain/run/run.js';
import { pathOf } from '../domain/run/run-calls.js';
import type { TracedCall } from '../domain/run/traced-calls.js';
import { oneLine } from '../domain/values/printable.js';
import { answerLines } from './answer-lines.js';
import type { Look } from './look.js';
import { NamedValues } from './named-values.js';
import { questionView } from './question-view.js';
import { recordTree } from './step-tree.js';
import { wrapTo } from './text-width.js';
import { traceView } from './trace-view.js';

/** Records that are shown whole: what is longer is read by its parts, or with --all. */
const MOST_WHOLE = 20;

export interface StepView {
  /** What a person typed for the steps. */
  name: string;
  records: readonly StepRecord[];
  plan: Plan | undefined;
  /** Calls in these steps. */
  calls: readonly TracedCall[];
  /** Attempts at these steps after which there was another. */
  failed: readonly FailedAttempt[];
  /** Whether a step is one of them. */
  isShown(path: string): boolean;
  /** Nothing is cut, however many steps there are. */
  isWhole?: boolean | undefined;
}

/** Some steps of a run with what they were given and left, their attempts, calls and questions. Ends with a newline. */
export function stepView(run: Run, look: Look, view: StepView): string {
  const { records, plan, calls, name } = view;
  const { clarifications } = run.outputs;
  const asked = { ...run.outputs, clarifications: clarifications.filter((each) => view.isShown(pathOf(each))) };
  const own = { ...run, outputs: asked };
  const isWhole = view.isWhole === true || records.length <= MOST_WHOLE;
  const sections = [
    [`${look.colour.bold(`Step ${oneLine(name)}`)} ${look.colour.dim(`of ${run.id}`)}`, ...roundLines(run, view, look)],
    recordTree(run, look, { records, plan, isWhole }),
    attemptLines(view.failed, look),
    calls.length === 0 ? [] : [look.colour.bold('Calls'), traceView(calls, look).trimEnd()],
    answerLines(own, look),
    run.state === 'FAILED' ? [] : [questionView(own, look).trimEnd()],
  ];
  const texts = sections.map((lines) => lines.join('\n')).filter((text) => text !== '');
  return `${texts.join('\n\n')}\n`;
}

/** What the loops around a named round are at. */
function roundLines(run: Run, { name, records }: StepView, look: Look): string[] {
  const items = name.includes('[') ? NamedValues.ofSteps(run.steps).loopText(records[0]?.path ?? '', look) : '';
  return items === '' ? [] : wrapTo(items, look.columns);
}

function attemptLines(failed: readonly FailedAttempt[], look: Look): string[] {
  if (failed.length === 0) return [];
  const lines = failed.flatMap(({ path, attempt, message }) =>
    wrapTo(`step ${stepNumber(path)}, attempt ${attempt}: ${oneLine(message)}`, look.columns - 2),
  );
  return [look.colour.bold('Failed before'), ...lines.map((line) => `  ${line}`)];
}
