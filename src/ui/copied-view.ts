import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { layoutTable } from './table.js';
import { wrapTo } from './text-width.js';

/** What a store has, and what a person calls one and many of them. */
const NOUNS = {
  plan: ['plan', 'plans'],
  end_user: ['end user', 'end users'],
  run: ['run', 'runs'],
  start_key: ['key', 'keys of starts'],
} as const;

type Kind = keyof typeof NOUNS;

/** How many of one kind were copied, were there, were there with more events, and were left out. */
interface Counts {
  copied: number;
  same: number;
  further: number;
  left_out: number;
}

/** What a copy of a store made of it. */
export interface CopyReport {
  from: string;
  to: string;
  counts: Record<Kind, Counts>;
  left_out: { kind: Kind; id: string; outcome: string; why?: string }[];
  /** Signals that no run has taken: whoever takes one must be the only one, so they are not copied. */
  signals_left: number;
}

export function newCopyReport(from: string, to: string): CopyReport {
  const none = (): Counts => ({ copied: 0, same: 0, further: 0, left_out: 0 });
  const counts = { plan: none(), end_user: none(), run: none(), start_key: none() };
  return { from, to, counts, left_out: [], signals_left: 0 };
}

/** How many of each kind, then what was left out and why. Ends with a newline. */
export function copiedView(
  { from, to, counts, left_out: leftOut, signals_left: signals }: CopyReport,
  look: Look,
): string {
  const { colour } = look;
  const cell = (number: number) => ({ text: String(number), ...(number === 0 && { paint: colour.dim }) });
  const row = (kind: Kind) => {
    const { copied, same, further, left_out: left } = counts[kind];
    return [{ text: NOUNS[kind][1] }, ...[copied, same, further, left].map(cell)];
  };
  const rows = [row('plan'), row('end_user'), row('run'), row('start_key')];
  const reasons = leftOut.flatMap(({ kind, id, why = '' }) =>
    wrapTo(oneLine(`${NOUNS[kind][0]} ${id}: ${why}`), look.columns - 2).map((line) => `  ${line}`),
  );
  const lines = [
    colour.bold(oneLine(`${from} → ${to}`)),
    '',
    ...layoutTable({ headers: ['', 'COPIED', 'SAME', 'FURTHER', 'LEFT OUT'], rows }, look),
    ...(signals === 0 ? [] : ['', ...wrapTo(signalsLeft(signals, from), look.columns)]),
    ...(leftOut.length === 0 ? [] : ['', colour.bold(`${count(leftOut.length, 'item')} left out`), ...reasons]),
  ];
  return `${lines.join('\n')}\n`;
}

function signalsLeft(signals: number, from: string): string {
  const stay = signals === 1 ? 'stays' : 'stay';
  return oneLine(`${count(signals, 'signal')} that no run has taken ${stay} in ${from}.`);
}
