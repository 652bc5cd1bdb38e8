import type { Advice } from '../domain/next-step.js';
import { spellAdvice } from '../domain/next-step.js';
import { oneLine } from '../domain/values/printable.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { wrapTo } from './text-width.js';

/** What an import did to a tool. `kept`: the project has another declaration, which stays. */
export type ImportState = 'added' | 'same' | 'replaced' | 'kept';

/** What an import of tools gave. */
export interface ImportReport {
  file: string;
  title: string;
  servers: { url: string; tools: number }[];
  tools: {
    id: string;
    operation: string;
    effect: ToolEffect;
    state: ImportState;
    changes: string[];
    missing: string[];
  }[];
  left_out: { operation: string; why: string }[];
  /** Tools of the same server that the document does not have. */
  gone: string[];
  variables: { name: string; to: string; what: string; set: boolean; note?: string }[];
}

/** Ends with a newline. */
export function importView(report: ImportReport, next: readonly Advice[], look: Look): string {
  const { colour } = look;
  const { tools, servers, title, file, left_out: leftOut, gone, variables } = report;
  const wrap = (text: string, indent = '  ') =>
    wrapTo(oneLine(text), look.columns - indent.length).map((line) => indent + line);
  const rows = tools.map(({ id, operation, effect, state, changes }): Line[] => [
    { text: changes.length === 0 ? state : `${state} (${changes.join(', ')})`, paint: PAINTS[state](colour) },
    { text: oneLine(id), paint: colour.cyan },
    { text: effect },
    { text: oneLine(operation) },
  ]);
  const missing = tools.flatMap(({ id, missing: all }) => all.map((each) => `${id} without ${each}`));
  const section = (heading: string, lines: string[]) =>
    lines.length === 0 ? [] : ['', colour.bold(heading), ...lines];
  const lines = [
    `${colour.bold(oneLine(title))}: ${count(tools.length, 'tool')} in ${file}`,
    ...servers.map(
      (server) => `  ${count(server.tools, 'call')} ${server.tools === 1 ? 'goes' : 'go'} to ${oneLine(server.url)}`,
    ),
    '',
    ...layoutTable({ headers: ['', 'TOOL', 'EFFECT', 'OPERATION'], rows }, look),
    ...section(
      'Cannot be sent',
      missing.flatMap((each) => wrap(each)),
    ),
    ...section(
      'Left out',
      leftOut.flatMap(({ operation, why }) => wrap(`${operation}: ${why}`)),
    ),
    ...section(
      'No longer in the document',
      gone.flatMap((id) => wrap(id)),
    ),
    ...section(
      'Variables, from the shell or .env',
      variables.flatMap(({ name, to, what, set, note }) => [
        ...wrap(`${name}${set ? '' : ' (not set)'}: ${what}, sent to ${to}`),
        ...(note === undefined ? [] : wrap(note, '    ')),
      ]),
    ),
    ...section(
      'Next',
      next.map((step) => `  ${spellAdvice(step, look.spell)}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const PAINTS: Record<ImportState, (colour: Look['colour']) => (text: string) => string> = {
  added: (colour) => colour.green,
  replaced: (colour) => colour.yellow,
  kept: (colour) => colour.yellow,
  same: (colour) => colour.dim,
};
