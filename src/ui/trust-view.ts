import { shownUrl } from '../domain/values/secret-names.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import type { TrustKind } from '../domain/values/trust-kinds.js';
import { textWidth } from './text-width.js';

/** Part of a project that acts or loosens something. */
export interface ShownTrust {
  kind: TrustKind;
  where: string;
  what: string;
  /** Files of the project that would run. */
  files: readonly { path: string }[];
  key?: string | undefined;
}

export interface ShownProject {
  root: string;
  state: 'folder' | 'content' | 'here' | 'changed' | 'untrusted';
  /** What is listed: everything, or what changed. */
  entries: readonly ShownTrust[];
}

const HEADINGS: Record<TrustKind, string> = {
  module: 'Runs with your rights, and sees your environment:',
  hooks: 'Is called before and after what is planned and done, with your rights:',
  'program-tool': 'Is started as a tool, with your rights:',
  'http-tool': 'Is called over HTTP, as a tool:',
  notice: 'Is told what runs ask, and how they end:',
  users: 'Says who may come into the pages of portia serve:',
  'mcp-server': 'Is started or called as a server of tools:',
  program: 'Is started as the model:',
  rule: 'Is allowed without a question, or switched on:',
  path: 'Is opened, outside the project:',
  store: 'Keeps your plans and runs:',
  server: 'Gets what is sent to a model or a tool:',
  key: 'Is yours, and is sent as a key or given to commands:',
  request: 'Is sent with every request to a model:',
  price: 'Counts as the price of a model:',
};

/** What a project would do once it is trusted, each file and rule on a line of its own. Ends with a newline. */
export function trustView({ root, state, entries }: ShownProject, look: Look): string {
  const groups = Object.entries(HEADINGS).flatMap(([kind, heading]) =>
    groupLines(
      heading,
      entries.filter((entry) => entry.kind === kind),
      look,
    ),
  );
  return `${[headLine({ root, state, entries }, look), ...groups].join('\n')}\n`;
}

function headLine({ root, state, entries }: ShownProject, { colour, symbols }: Look): string {
  const name = oneLine(root);
  switch (state) {
    case 'folder':
      return `${colour.green(symbols.completed)} ${name} is trusted, also when it changes.`;
    case 'content':
      return `${colour.green(symbols.completed)} ${name} is trusted as it is now.`;
    case 'here':
      return `${colour.green(symbols.completed)} ${name} is trusted for this command or shell only.`;
    case 'changed':
      return `${colour.yellow(symbols.warning)} ${name} has changed since you trusted it. New or changed:`;
    case 'untrusted':
      if (entries.length === 0) return `Nothing in ${name} needs trust.`;
      return `${colour.yellow(symbols.warning)} ${name} is not trusted. Once it is:`;
  }
}

function groupLines(heading: string, entries: readonly ShownTrust[], look: Look): string[] {
  const lines = entries.flatMap(entryLines);
  if (lines.length === 0) return [];
  const width = Math.min(40, Math.max(...lines.map(([what]) => textWidth(what))));
  const shown = lines.map(([what, remark]) => {
    const gap = ' '.repeat(Math.max(0, width - textWidth(what)) + 2);
    return remark === '' ? `   ${what}` : `   ${what}${gap}${look.colour.dim(remark)}`;
  });
  return ['', ` ${look.colour.bold(heading)}`, ...shown];
}

/** What it is, and where that is written. */
function entryLines({ kind, where, what, files, key }: ShownTrust): [what: string, remark: string][] {
  const paths = files.map(({ path }) => oneLine(path));
  if (kind === 'module') {
    if (paths.length === 0) return [[oneLine(what), `${oneLine(where)}: no file matches`]];
    return paths.map((path, index) => [path, index === 0 ? `${oneLine(where)}: ${oneLine(what)}` : '']);
  }
  const remark = key === undefined ? oneLine(where) : `${oneLine(where)}, with the key ${oneLine(key)}`;
  return [
    [oneLine(kind === 'server' ? shownUrl(what) : what), remark],
    ...paths.map((path): [string, string] => [`  ${path}`, '']),
  ];
}
