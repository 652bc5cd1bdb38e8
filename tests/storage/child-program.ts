import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import type { Program } from '../support/build-program.js';

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
