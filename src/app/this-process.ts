import type { Io } from '../cli/session/io.js';

/** What a command, and a program that uses the library, is given of its process. */
export function ownProcess(): Pick<Io, 'environment' | 'pid' | 'userId' | 'kill' | 'cpuTime'> {
  return {
    environment: process.env,
    pid: process.pid,
    userId: process.geteuid?.(),
    kill: (pid, signal) => {
      process.kill(pid, signal);
    },
    cpuTime: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
}
