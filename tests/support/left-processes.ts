import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits until no process works in a folder or below it. Rejects with those that are left after `patienceMs`, which is
 * long enough for processes that were told to end, also on a machine that has much to do. Where there is no /proc nobody
 * can tell, and nothing is waited for.
 */
export async function untilNobodyWorksIn(folder: string, patienceMs = 60_000): Promise<void> {
  const end = performance.now() + patienceMs;
  for (let left = workingIn(folder); left.length > 0; left = workingIn(folder)) {
    if (performance.now() > end) throw new Error(`Processes are left in ${folder}: ${left.join('; ')}`);
    await wait(20);
  }
}

/** Ids and commands. */
function workingIn(folder: string): string[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').flatMap((id) => (/^\d+$/.test(id) ? commandIn(id, folder) : []));
}

function commandIn(id: string, folder: string): string[] {
  try {
    const cwd = readlinkSync(`/proc/${id}/cwd`);
    if (cwd !== folder && !cwd.startsWith(`${folder}/`)) return [];
    return [`${id} ${readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
  } catch {
    // It has ended, or belongs to somebody else.
    return [];
  }
}
