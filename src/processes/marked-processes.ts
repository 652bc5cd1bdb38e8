import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The variable that marks a program, and everything that it starts, with a name of its own. */
export const MARK = 'PORTIA_GUEST';

/** How often is looked for processes that begin while others are ended. */
const MOST_LOOKS = 10;

/**
 * Ends all processes that bear the mark, also those that left the group of their program. Without /proc none is found,
 * nor is one that was given another environment.
 */
export function killMarked(name: string, kill: (pid: number, signal: NodeJS.Signals) => void): void {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const found = markedProcesses(name);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        kill(pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
  }
}

function markedProcesses(name: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && hasMark(entry, name))
    .map(Number);
}

function hasMark(pid: string, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${name}`);
  } catch {
    // It has ended, or is somebody else's.
    return false;
  }
}
