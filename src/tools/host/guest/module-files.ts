import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** In this order, where a name leaves its ending out or names the JavaScript that a file becomes. */
const ENDINGS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'];

/** The file that a path means, with or without its ending; undefined when there is none. */
export function findFile(named: string): string | undefined {
  if (isFile(named)) return named;
  const bare = named.replace(/\.[cm]?jsx?$/, '');
  const names = [...new Set([bare, named])].flatMap((name) => ENDINGS.map((ending) => name + ending));
  const indexes = ENDINGS.map((ending) => path.join(named, `index${ending}`));
  return [...names, ...indexes].find(isFile);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

const SAYS_MODULE = /^\s*(?:import\b\s*[\w{*'"]|export\b\s*[\w{*])|\bimport\.meta\b/m;
const SAYS_COMMON = /\brequire\s*\(|\bmodule\.exports\b|\bexports\.\w/;

/** Whether a file is a CommonJS module. Where its name and its package do not say, its text does. */
export function isCommonJs(file: string, text: string): boolean {
  if (/\.c[jt]s$/.test(file)) return true;
  if (/\.m[jt]s$/.test(file) || SAYS_MODULE.test(text)) return false;
  const type = typeOfPackage(path.dirname(file));
  if (type !== undefined) return type === 'commonjs';
  return SAYS_COMMON.test(text) || !/\bawait\b/.test(text);
}

function typeOfPackage(folder: string): 'module' | 'commonjs' | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const manifest = path.join(at, 'package.json');
    if (isFile(manifest)) {
      const { type }: { type?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
      return type === 'module' || type === 'commonjs' ? type : undefined;
    }
    if (at === path.dirname(at)) return undefined;
  }
}
