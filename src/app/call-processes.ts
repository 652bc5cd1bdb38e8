import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { userSettingsPath } from '../config/settings-file.js';
import type { CallProcess } from '../domain/run/driver.js';
import type { CallProcesses } from '../executor/services.js';
import { machineId, machineMark } from '../storage/machine-id.js';
import { identifyProcess, judgeLiveness, startOf, type ProcessIdentity } from '../storage/process-identity.js';
import type { ProcessFacts } from './this-process.js';

/** Between asking a process to end and ending it. */
const GRACE_MS = 1_000;
const LOOK_MS = 20;

type Facts = Pick<ProcessFacts, 'pid' | 'kill' | 'environment'>;

/** The processes in which calls are made, also those that an earlier process of portia left behind. */
export function createCallProcesses({ pid: own, kill, environment }: Facts): CallProcesses {
  // One process makes many calls.
  const known = new Map<number, CallProcess>();
  const identify = (pid: number): CallProcess => {
    const { start, boot, namespace } = identifyProcess(pid);
    return { pid, start, boot, namespace };
  };
  let self: ProcessIdentity | undefined;
  const driver = () => (self ??= identifyDriver(own, environment));
  return {
    identify(pid) {
      const found = known.get(pid) ?? identify(pid);
      known.set(pid, found);
      return found;
    },
    async end(process) {
      const here = identifyProcess(own);
      const isHere = process.boot === here.boot && process.namespace === here.namespace && process.start !== '';
      const isAlive = () => isHere && startOf(process.pid) === process.start;
      if (isAlive()) send('SIGTERM');
      for (let waited = 0; isAlive(); waited += LOOK_MS) {
        if (waited === GRACE_MS) send('SIGKILL');
        await wait(LOOK_MS);
      }
      return isHere;

      /** To all of its group; it may have ended meanwhile. */
      function send(signal: NodeJS.Signals): void {
        try {
          kill(-process.pid, signal);
        } catch (error) {
          if (isAlive()) throw error;
        }
      }
    },
    driver,
    mayLive: (other) => !isSame(other, driver()) && judgeLiveness(other, driver()) !== 'dead',
  };
}

function identifyDriver(pid: number, environment: Facts['environment']): ProcessIdentity {
  return identifyProcess(pid, machineMark(machineId(dirname(userSettingsPath(environment)))));
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.start !== '' && one.start === other.start && one.boot === other.boot;
}
