import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';

/** Tools that are not as they were when a run was started, each with its file, and what a yes means. */
export function changedToolsView(changed: { id: string; file?: string | undefined }[], look: Look): string {
  const { colour, symbols } = look;
  const one = changed.length === 1;
  const head = one
    ? 'This tool has changed since the run was started:'
    : 'These tools have changed since the run was started:';
  const lines = [
    '',
    colour.yellow(`${symbols.warning} ${head}`),
    ...changed.map(({ id, file }) => `    ${oneLine(id)}${file === undefined ? '' : `  ${colour.dim(oneLine(file))}`}`),
    'What is done stays done. A call that was approved and has not begun is asked about again.',
  ];
  return `${lines.join('\n')}\n`;
}
