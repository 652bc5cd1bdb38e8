import type * as ChildProcess from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, platform } from 'node:os';

import { isKeptId, systemMachineId } from './machine-id.js';

/** Tells one process from every other one that has or had the same number. No clock is involved. */
export interface ProcessIdentity {
  pid: number;
  /** When the kernel started it, in the kernel's own words; empty where it does not say. */
  start: string;
  /** Differs after each start of the machine; empty where the system has none. */
  boot: string;
  host: string;
  /** Tells machines of the same name apart; empty where neither the system nor the user's folder has an id. */
  machine: string;
  /** Process numbers are comparable only inside one namespace; empty where there are none. */
  namespace: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

export function identifyProcess(pid: number, machine = systemMachineId() ?? ''): ProcessIdentity {
  return {
    pid,
    start: startOf(pid) ?? '',
    boot: readText('/proc/sys/kernel/random/boot_id') ?? '',
    host: hostname(),
    machine,
    namespace: readLink('/proc/self/ns/pid') ?? '',
  };
}

/** Whether the process still lives, as far as that can be seen from the process `self`. */
export function judgeLiveness(identity: ProcessIdentity, self: ProcessIdentity): Liveness {
  if (identity.host !== self.host || isOtherMachine(identity, self)) return 'unknown';
  if (identity.boot !== self.boot) return wasStartedAgain(identity, self) ? 'dead' : 'unknown';
  if (identity.namespace !== self.namespace || self.start === '' || identity.start === '') return 'unknown';
  return startOf(identity.pid) === identity.start ? 'alive' : 'dead';
}

function isOtherMachine(identity: ProcessIdentity, self: ProcessIdentity): boolean {
  return identity.machine !== '' && self.machine !== '' && identity.machine !== self.machine;
}

/** Linux gives this number to the namespace outside of all containers. */
const OUTERMOST_NAMESPACE = 'pid:[4026531836]';

/**
 * Whether another boot id means that this machine was started again, and not that there are two machines of this name:
 * containers of one image share a machine id, and folders of users are shared between machines.
 */
function wasStartedAgain(identity: ProcessIdentity, self: ProcessIdentity): boolean {
  const isSame = self.machine !== '' && identity.machine === self.machine && !isKeptId(self.machine);
  return isSame && [identity, self].every(({ namespace }) => namespace === OUTERMOST_NAMESPACE);
}

/** When the kernel started a process; undefined for one that is gone or a zombie. */
export function startOf(pid: number): string | undefined {
  return platform() === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

function startFromProc(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in field 2 may hold spaces and parentheses, so fields are counted from the last one.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

function startFromPs(pid: number): string | undefined {
  try {
    // Loaded only where there is no /proc: it costs every start 4 ms.
    const { execFileSync }: typeof ChildProcess = createRequire(import.meta.url)('node:child_process');
    // The time zone and language of two processes may differ; their spelling of a start time must not.
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' };
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env, encoding: 'utf8' }).trim();
    const [state = '', ...start] = line.split(/\s+/);
    return state.startsWith('Z') || start.length === 0 ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
