import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

export interface Program {
  path: string;
  remove: () => void;
}

/** A program of this folder as one JavaScript file, so that many child processes of it start fast. */
export async function buildProgram(name: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'portia-program-'));
  const bundle = await rolldown({
    input: join(import.meta.dirname, name),
    platform: 'node',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'program.mjs' });
  await bundle.close();
  return { path: join(folder, 'program.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function startProgram(program: Program, args: string[]): ChildProcess {
  return spawn(process.execPath, [program.path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: string[];
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, lines: text.split('\n').filter((line) => line !== '') };
}

/** The child's first line; the child continues. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout?.setEncoding('utf8') ?? child, 'data')) as [string];
  return chunk.trim();
}
