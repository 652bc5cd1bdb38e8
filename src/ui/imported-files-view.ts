import { portia } from '../domain/next-step.js';
import { oneLine } from '../domain/values/printable.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { wrapTo } from './text-width.js';

/** What an import made of a folder. */
export interface FolderReport {
  folder: string;
  dry_run: boolean;
  files: FileReport[];
}

interface FileReport {
  file: string;
  kind: 'plan' | 'run' | 'end-user' | 'other';
  id: string | null;
  outcome: 'added' | 'same' | 'refused' | 'left-out';
  why: string | null;
  warnings: string[];
  about: string | null;
}

const KINDS = { plan: 'plan', run: 'run', 'end-user': 'end user', other: 'file' };

/** What came, what was refused and why, file by file. Ends with a newline. */
export function importedFilesView({ folder, dry_run: isDry, files }: FolderReport, look: Look): string {
  const { colour } = look;
  const of = (outcome: FileReport['outcome']) => files.filter((file) => file.outcome === outcome);
  const paints = { added: colour.green, same: colour.dim };
  const rows = files.flatMap(({ outcome, kind, id, about }): Line[][] =>
    outcome === 'added' || outcome === 'same'
      ? [
          [
            { text: outcome, paint: paints[outcome] },
            { text: KINDS[kind] },
            { text: oneLine(id ?? ''), paint: colour.cyan },
            { text: oneLine(about ?? '') },
          ],
        ]
      : [],
  );
  const wrap = (text: string) => wrapTo(oneLine(text), look.columns - 2).map((line) => `  ${line}`);
  const section = (heading: string, texts: string[]) =>
    texts.length === 0 ? [] : ['', colour.bold(heading), ...texts.flatMap(wrap)];
  const reasons = (some: FileReport[]) => some.map(({ file, why }) => `${file}: ${why ?? ''}`);
  const isWaiting = of('added').some(({ kind, about }) => kind === 'run' && about !== 'COMPLETE');
  const lines = [
    `${colour.bold(oneLine(folder))}: ${summary(of('added'))}${isDry ? ' would be added (--dry-run)' : ' added'}`,
    ...(rows.length === 0 ? [] : ['', ...layoutTable({ headers: ['', 'KIND', 'ID', 'WHAT'], rows }, look)]),
    ...section(
      'Notes',
      files.flatMap(({ file, warnings }) => warnings.map((warning) => `${file}: ${warning}`)),
    ),
    ...section('Refused', reasons(of('refused'))),
    ...section('Left out', reasons(of('left-out'))),
    ...(isWaiting && !isDry ? ['', colour.bold('Next'), `  ${look.spell(portia('list', 'runs'))}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** `2 plans, 1 run and 1 end user`; `nothing` when there are none. */
function summary(files: FileReport[]): string {
  const counts = Object.entries(KINDS).flatMap(([kind, noun]) => {
    const found = files.filter((file) => file.kind === kind).length;
    return found === 0 ? [] : [count(found, noun)];
  });
  if (counts.length === 0) return 'nothing';
  return counts.length === 1 ? counts.join('') : `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`;
}
