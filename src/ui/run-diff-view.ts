import { assertNever } from '../domain/errors.js';
import { asText, isJsonObject, type Json } from '../domain/values/json.js';
import type { RunChange } from '../domain/run/run-diff.js';
import { changeLines, countLine, diffHead, markedLines } from './diff-lines.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { limitLines } from './step-layout.js';
import { withDollar } from './step-notes.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { wrapTo } from './text-width.js';

/** What differs between two runs: steps by number, with status and output. Ends with a newline. */
export function runDiffView(compared: { before: string; after: string; changes: RunChange[] }, look: Look): string {
  const { before, after, changes } = compared;
  const lines = changes.flatMap((change) => linesOf(change, look));
  return `${[
    ...diffHead(before, after, look),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    '',
    countLine(changes, look),
  ].join('\n')}\n`;
}

function linesOf(change: RunChange, look: Look): string[] {
  const name = titleOf(change);
  if (change.change === 'changed') return [...markedLines('~', [name], look), ...changeLines(change.keys, look)];
  const mark = change.change === 'added' ? '+' : '-';
  const text = `${name}  ${briefly(change.part === 'step' ? change.step : change.value)}`;
  return markedLines(mark, limitLines(wrapTo(text, look.columns - 2), look, {}), look);
}

function titleOf(change: RunChange): string {
  switch (change.part) {
    case 'run':
      return 'run';
    case 'input':
    case 'output':
      return oneLine(`${change.part} ${withDollar(change.name)}`);
    case 'step':
      return oneLine(`step ${stepNumber(change.path)}`);
    case 'final_output':
      return 'result';
    default:
      return assertNever(change);
  }
}

/** A record on one line: its keys with their values. */
function briefly(value: Json): string {
  if (!isJsonObject(value)) return printable(JSON.stringify(value));
  return printable(
    Object.entries(value)
      .map(([key, item]) => `${key}: ${asText(item)}`)
      .join(', '),
  );
}
