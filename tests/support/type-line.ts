import { spawn } from 'node:child_process';

import { portiaHere } from './portia-here.js';
import { cleanEnvironment, ended, type Ended } from './portia.js';

/** Types the line in a shell, when it needs one. */
export async function typeLine(
  line: string,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<Ended> {
  const [program, ...args] = plainWords(line) ?? [];
  if (program === 'portia') return portiaHere(args, { cwd, env });
  const clean = cleanEnvironment(cwd, env);
  const options = { cwd, env: { ...clean, PATH: `${cwd}/.bin:${clean['PATH']}` }, stdio: 'pipe' } as const;
  return ended(spawn('/bin/sh', ['-c', line], options), '');
}

/** The words of a line that a shell would only take apart. */
function plainWords(line: string): string[] | undefined {
  const words = line.match(/(?:'[^']*'|"[^"$`\\]*"|[\w@./:=,-])+/g) ?? [];
  return words.join(' ') === line ? words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2')) : undefined;
}
