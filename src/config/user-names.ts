import { errnoOf } from '../domain/errors.js';

// By absolute path: the owner of the current folder must not supply the program that looks up the owner's name.
const PROGRAMS = ['/usr/bin/id', '/bin/id'];

/** The name of a user, else the number. */
export async function userNameOf(id: number): Promise<string> {
  return (await askId('-un', String(id))) ?? String(id);
}

/** The number of a user, given by name or number; undefined when nobody has this name. */
export async function userIdOf(name: string): Promise<number | undefined> {
  const found = /^\d{1,10}$/.test(name) ? name : await askId('-u', name);
  return found === undefined ? undefined : Number(found);
}

async function askId(flag: string, user: string): Promise<string | undefined> {
  const { execFile } = await import('node:child_process');
  for (const program of PROGRAMS) {
    const answer = await new Promise<{ error: Error | null; text: string }>((resolve) => {
      execFile(program, [flag, '--', user], { cwd: '/', env: {} }, (error, text) => resolve({ error, text }));
    });
    if (answer.error === null) return answer.text.trim();
    if (errnoOf(answer.error) !== 'ENOENT') return undefined;
  }
  return undefined;
}
