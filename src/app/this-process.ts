import type { Environment } from '../domain/environment.js';

/** The facts about the current process that commands and the library need. */
export interface ProcessFacts {
  environment: Environment;
  /** Id of this process. */
  pid: number;
  /** Numeric id of the user; undefined where the system has none. */
  userId: number | undefined;
  /** The Node that runs it: its absolute path, its version, and whether it knows an option such as `--permission`. */
  node: { path: string; version: string; hasOption(name: string): boolean };
  /** Writes to its standard error. */
  printError(text: string): Promise<void>;
  kill(pid: number, signal: NodeJS.Signals): void;
  /** Absolute path of the rules that hold for all users of this machine. */
  machinePolicy: string;
  /** Milliseconds that this process has worked, in all its threads. */
  cpuTime(): number;
}

export function thisProcess(): ProcessFacts {
  return {
    environment: process.env,
    pid: process.pid,
    userId: process.geteuid?.(),
    machinePolicy: '/etc/portia/policy.json',
    node: {
      path: process.execPath,
      version: process.versions.node,
      hasOption: (name) => process.allowedNodeEnvironmentFlags.has(name),
    },
    printError: (text) => new Promise((resolve) => process.stderr.write(text, () => resolve())),
    kill: (pid, signal) => {
      process.kill(pid, signal);
    },
    cpuTime: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
}
