import path from 'node:path';

import { realpathOfNearest, type LocatedFile } from './paths.js';
import type { ToolEnvironment } from './tool.js';

/** Names as a file system sees them that does not tell capitals from small letters. */
const folded = (text: string): string => text.normalize('NFC').toUpperCase().toLowerCase();

/**
 * Why a file is never written without a question, whatever was approved: it is run as code later, or says what is run.
 * Undefined for all other files. `file` is absolute, as it was named or without its symbolic links.
 */
export async function codeReason(
  file: string,
  { projectRoot, toolModules = [], codeFiles }: Pick<ToolEnvironment, 'projectRoot' | 'toolModules' | 'codeFiles'>,
): Promise<string | undefined> {
  const segments = folded(file).split(path.sep);
  // A project may itself be below such a folder.
  const above = folded(projectRoot).split(path.sep);
  const inRoot = above.every((segment, index) => segments[index] === segment);
  const below = inRoot ? segments.slice(above.length) : segments;
  if (below.includes('node_modules')) return 'which is in node_modules, where code is loaded from';
  const name = below.at(-1);
  if (name === 'portia.json') return 'which is read as settings of portia';
  if (name === '.mcp.json') return 'which names programs that are started';
  if (name === 'package.json' && toolModules.length > 0) return 'which says what code tool modules import';
  for (const pattern of toolModules) {
    if (await isModule(file, pattern, projectRoot)) return 'which portia runs as a tool module';
  }
  for (const code of (await codeFiles?.()) ?? []) {
    const spellings = [code, await realpathOfNearest(code)].map(folded);
    if (spellings.includes(folded(file))) return 'which is a part of code that portia runs';
  }
  return undefined;
}

/** The same for a file that a tool is asked to change: it has the name that was given and the one behind its links. */
export async function changedCodeReason(
  given: string,
  { path: real, jail }: LocatedFile,
  environment: ToolEnvironment,
): Promise<string | undefined> {
  const { projectRoot } = environment;
  for (const file of [path.resolve(projectRoot, given), real]) {
    for (const root of [projectRoot, jail.projectRoot]) {
      const reason = await codeReason(file, { ...environment, projectRoot: root });
      if (reason !== undefined) return reason;
    }
  }
  return undefined;
}

/** Also when a folder of the pattern is a link, and the file is named where it leads. */
async function isModule(file: string, pattern: string, root: string): Promise<boolean> {
  const { default: picomatch } = await import('picomatch');
  const { base, glob } = picomatch.scan(path.relative(root, path.resolve(root, pattern)));
  const named = path.join(root, base);
  const folders = new Set([named, await realpathOfNearest(named)]);
  return [...folders].some((folder) => {
    const relative = path.relative(folded(folder), folded(file));
    return glob === '' ? relative === '' : picomatch(folded(glob), { dot: true })(relative);
  });
}
