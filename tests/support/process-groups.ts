import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Ids of the processes of a group that run; one that has ended and that nobody asked about does not. */
export function processesOfGroup(group: number): number[] {
  if (!existsSync('/proc/self/stat')) return isThere(-group) ? [group] : [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && fieldsOf(pid)?.[2] === String(group));
}

/** State, parent, group … of a process, as Linux lists them after its name; undefined when it does not run. */
function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields;
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once nothing of the group runs any more. A test that waits in vain is ended by its own limit. */
export async function untilGroupIsGone(group: number): Promise<void> {
  while (processesOfGroup(group).length > 0) await wait(10);
}

/** The number in a file, as soon as a program has written it with a line end. */
export async function numberIn(file: string): Promise<number> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text.endsWith('\n')) return Number(text);
    await wait(10);
  }
}
