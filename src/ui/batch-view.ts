import { portia } from '../domain/next-step.js';
import type { PortiaError } from '../domain/errors.js';
import { shortId, type RunId } from '../domain/values/ids.js';
import type { Output, RunState } from '../domain/run/run.js';
import { briefOutput, count, grouped } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import type { Line } from './step-layout.js';
import { cutTo } from './text-width.js';

/** How one line of a batch ended. */
export interface LineResult {
  /** Of the file, from 1. */
  line: number;
  outcome: LineOutcome;
  /** Null when no run was started. */
  runId: RunId | null;
  /** Null when the run could not be driven to any end. */
  state: RunState | null;
  finalOutput: Output | null;
  openQuestions: number;
  isResumable: boolean;
  error: PortiaError | undefined;
  exitCode: number;
}

const LINE_OUTCOMES = ['complete', 'failed', 'paused', 'interrupted', 'queued', 'not started'] as const;
export type LineOutcome = (typeof LINE_OUTCOMES)[number];

/** What is known of a whole batch. */
export interface BatchTally {
  counts: ReadonlyMap<LineOutcome, number>;
  /** The first lines whose runs can be resumed; `resumable` counts all of them. */
  listed: LineResult[];
  resumable: number;
}

/** The result as a row of a table, on one line. Ends with a newline. */
export function lineResultView(result: LineResult, look: Look): string {
  const mark = outcomeMark(result.outcome, look);
  const head = `${String(result.line).padStart(4)} `;
  const id = result.runId === null ? '' : `${shortId(result.runId)}  `;
  const room = look.columns - head.length - 2 - id.length;
  const text = result.outcome === 'complete' ? valueText(result, room, look) : reasonOf(result);
  const cells = [head, mark.paint?.(mark.text) ?? mark.text, ' ', look.colour.cyan(id)];
  return `${`${cells.join('')}${cutTo(text, room, look.symbols.ellipsis)}`.trimEnd()}\n`;
}

/** The same as a plain sentence, for a log. Without a newline. */
export function lineResultText(result: LineResult): string {
  const what = [`line ${result.line}`, result.state ?? result.outcome, result.runId ?? ''].filter(
    (part) => part !== '',
  );
  const reason = result.outcome === 'complete' ? '' : `: ${reasonOf(result)}`;
  return what.join(' ') + reason;
}

/** `3 complete, 1 failed`; outcomes that did not occur are left out. */
export function countsText(counts: BatchTally['counts']): string {
  return LINE_OUTCOMES.filter((outcome) => counts.has(outcome))
    .map((outcome) => `${grouped(counts.get(outcome) ?? 0)} ${outcome}`)
    .join(', ');
}

/** How the batch ended, and the command for each run that can be resumed. Ends with a newline. */
export function batchSummary({ counts, listed, resumable }: BatchTally, look: Look): string {
  const all = [...counts.values()].reduce((sum, number) => sum + number, 0);
  if (all === 0) return 'The batch has no lines.\n';
  const commands = listed.map((result) => {
    const command = look.spell(portia('resume', result.runId ?? ''));
    const remark = cutTo(`# line ${result.line}: ${reasonOf(result)}`, look.columns, look.symbols.ellipsis);
    return `   ${command}   ${look.colour.dim(remark)}`;
  });
  const others = resumable - listed.length;
  return [
    `${look.colour.bold(count(all, 'line'))}: ${countsText(counts)}`,
    ...commands,
    ...(others === 0
      ? []
      : [`   ${look.colour.dim(`and ${grouped(others)} more:`)} ${look.spell(portia('list', 'runs'))}`]),
    '',
  ].join('\n');
}

function valueText({ finalOutput }: LineResult, width: number, look: Look): string {
  return finalOutput === null ? '' : briefOutput(finalOutput, width, look);
}

/** Why a line is not complete, on one line. */
/** Why a line is not complete, on one line. */
export function reasonOf(result: LineResult): string {
  if (result.openQuestions > 0) return count(result.openQuestions, 'open question');
  return result.error === undefined ? result.outcome : oneLine(result.error.message);
}

function outcomeMark(outcome: LineOutcome, { symbols, colour }: Look): Line {
  switch (outcome) {
    case 'complete':
      return { text: symbols.completed, paint: colour.green };
    case 'failed':
    case 'not started':
      return { text: symbols.failed, paint: colour.red };
    case 'paused':
    case 'queued':
    case 'interrupted':
      return { text: symbols.waiting, paint: colour.yellow };
  }
}
