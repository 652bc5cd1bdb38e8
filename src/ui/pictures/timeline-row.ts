import type { StepRecord } from '../../domain/run/run.js';
import type { StepLine } from '../step-lines.js';
import type { Bar } from './bars.js';
import type { Attempt } from './step-attempts.js';

/** Some rounds of a loop. */
export interface LoopPart {
  /** Path of the loop, with the rounds around it. */
  loop: string;
  /** The first and the last round, from 1. */
  first: number;
  last: number;
}

export type RowState =
  | 'done'
  | 'running'
  | 'ready'
  | 'stopped'
  | 'waiting'
  | 'failed'
  | 'declined'
  | 'unknown'
  | 'skipped'
  | 'pending';

/** Some steps of a block. */
export interface BlockPart {
  /** What the paths of its steps begin with: `3.branches.0.steps.`, empty for the steps of the plan. */
  block: string;
  /** The first and the last step, from 1. */
  first: number;
  last: number;
}

/** A step, a round of a loop, or rounds or steps that are folded together. */
export interface TimelineRow {
  kind: 'step' | 'round' | 'folded';
  path: string;
  /** What people see: `2`, `6[3].2`, `[3]`; empty for what is folded together. */
  number: string;
  title: string;
  state: RowState;
  bars: Bar[];
  /** Milliseconds in which it was at work. */
  workedMs: number;
  /** Milliseconds in which it waited for a person. */
  waitedMs: number;
  rows: TimelineRow[];
  attempts: readonly Attempt[];
  record?: StepRecord | undefined;
  /** As the plan says it. */
  line?: StepLine | undefined;
  /** How far a loop is: `2 of 4`, `4 times`. */
  rounds?: string | undefined;
  /** What is folded together. */
  part?: LoopPart | BlockPart | undefined;
}

/** Whether a person should see what is in it at once. */
export function isOfNote({ state, rows }: TimelineRow): boolean {
  return NOTED.has(state) || rows.some(isOfNote);
}

const NOTED: ReadonlySet<RowState> = new Set<RowState>(['waiting', 'failed', 'unknown', 'running', 'stopped']);

/** Rows below each other, each with its depth. */
export function flatRows(rows: readonly TimelineRow[], depth = 0): { row: TimelineRow; depth: number }[] {
  return rows.flatMap((row) => [{ row, depth }, ...flatRows(row.rows, depth + 1)]);
}
