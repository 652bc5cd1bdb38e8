import { stepNumber } from '../domain/plan/step-path.js';
import type { TracedAttempt, TracedCall } from '../domain/run/traced-calls.js';
import { tokenMark } from '../domain/plan/usage.js';
import { oneLine } from '../domain/values/printable.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { duration } from './times.js';

/** Cells of the time line. */
const WIDTH = 20;

type Call = TracedCall | TracedAttempt;

/** The calls of a run or a planning below each other, each with its part of the time. Ends with a newline. */
export function traceView(calls: readonly Call[], look: Look): string {
  const end = Math.max(1, ...calls.map((call) => call.offset_ms + drivenMs(call)));
  const where = calls.some((call) => 'attempt' in call) ? 'attempt' : 'step';
  const rows = calls.map((call) => rowOf(call, end, look));
  const table = layoutTable({ headers: ['at', 'time', 'took', 'tokens', where, 'call'], rows }, look);
  const kinds = (['model', 'tool', 'question'] as const).map((kind) => {
    const number = calls.filter((call) => call.kind === kind).length;
    return count(number, kind === 'question' ? 'question' : `${kind} call`);
  });
  return `${[...table, '', `${kinds.join(', ')} in ${duration(end)}`].join('\n')}\n`;
}

function rowOf(call: Call, end: number, look: Look): Line[] {
  const { colour, symbols } = look;
  const mark = { done: symbols.completed, failed: symbols.failed, asked: symbols.waiting, open: symbols.running };
  const { usage } = call;
  const what = `${mark[call.state]} ${call.purpose ?? call.kind} ${oneLine(call.name)}`;
  return [
    { text: duration(call.offset_ms) },
    { text: bar(call, end, look), paint: call.kind === 'model' ? colour.cyan : colour.dim },
    { text: call.ms === null ? 'no end' : duration(call.ms) },
    { text: usage === undefined ? '' : `${tokenMark(usage)}${usage.input_tokens}+${usage.output_tokens}` },
    { text: 'attempt' in call ? String(call.attempt) : stepNumber(call.path) },
    { text: what, ...(call.state === 'failed' && { paint: colour.red }) },
  ];
}

function bar(call: Call, end: number, { symbols }: Look): string {
  const from = Math.min(WIDTH - 1, Math.floor((call.offset_ms / end) * WIDTH));
  const length = Math.max(1, Math.min(WIDTH - from, Math.round((drivenMs(call) / end) * WIDTH)));
  return ' '.repeat(from) + (call.kind === 'question' ? symbols.ask : symbols.tool).repeat(length);
}

/** While a person is asked, the run does not work. */
function drivenMs({ kind, ms }: Call): number {
  return kind === 'question' ? 0 : (ms ?? 0);
}
