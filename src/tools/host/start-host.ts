import path from 'node:path';

import type { Guests } from '../../processes/guests.js';
import { LastWords, printLines } from '../../processes/printed-lines.js';
import { Host } from './host.js';
import type { ToolAllowance } from '../tool.js';
import type { Fault, HostSetup } from './protocol.js';

export interface HostOptions {
  guests: Guests;
  /** The program of the host: an absolute path. */
  program: string;
  /** Node itself: an absolute path. */
  node: string;
  /** All that it sees of the environment. */
  environment: Readonly<Record<string, string | undefined>>;
  setup: HostSetup;
  /** Present where it runs under Node's permission model: what is allowed beside reading below the root. */
  permission?: { options: readonly string[]; allow: ToolAllowance; code: readonly string[] } | undefined;
  /** A debugger is waited for. */
  inspected: boolean;
  print(text: string): Promise<void>;
  redact(text: string): string;
  onRead(name: string): void;
  onLateFault(fault: Fault): void;
}

/** How much of what it writes to standard error is kept, to see why it ended. */
const KEPT_CHARACTERS = 4_000;

/** Starts the process of a host. */
export function startHost(options: HostOptions): Host {
  const { guests, program, node, environment, setup, print, redact, onRead, onLateFault } = options;
  const guest = guests.start({
    command: node,
    args: [...flagsOf(options), program],
    environment,
    directory: setup.projectRoot,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = guest.child;
  if (stdout !== null) printLines(stdout, print, { redact });
  if (stderr !== null) printLines(stderr, print, { redact });
  return new Host({ guest, setup, onRead, onLateFault, lastWords: new LastWords(stderr, KEPT_CHARACTERS) });
}

function flagsOf({ permission, inspected, setup, program }: HostOptions): string[] {
  return [
    '--experimental-vm-modules',
    ...(inspected ? ['--inspect-wait=127.0.0.1:0'] : []),
    ...(permission === undefined ? [] : permissionFlags(permission, { ...setup, program })),
  ];
}

function permissionFlags(
  { options, allow, code }: NonNullable<HostOptions['permission']>,
  { projectRoot, program }: { projectRoot: string; program: string },
): string[] {
  const inRoot = (name: string) => path.resolve(projectRoot, name);
  const everything = (folder: string) => [folder, path.join(folder, '*')];
  const readable = [projectRoot, ...(allow.read ?? []), ...(allow.write ?? [])].map(inRoot);
  return [
    ...options,
    ...[program, ...code, ...readable.flatMap(everything)].map((name) => `--allow-fs-read=${name}`),
    ...(allow.write ?? [])
      .map(inRoot)
      .flatMap(everything)
      .map((name) => `--allow-fs-write=${name}`),
    ...(allow.childProcesses === true ? ['--allow-child-process'] : []),
    ...(allow.addons === true ? ['--allow-addons'] : []),
  ];
}
