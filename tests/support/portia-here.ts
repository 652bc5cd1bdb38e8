import { inject } from 'vitest';

import type { Io } from '../../src/cli/session/io.js';
import { thisProcess } from '../../src/app/this-process.js';
import { runProgram } from '../../src/cli/program.js';
import { memoryStreams } from './memory-streams.js';
import { cleanEnvironment, portia, type Call, type Ended } from './portia.js';
import { ON_FILES } from './tested-store.js';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Every command goes through the built binary, also those that the default tests do in their own process. What they do
     * for some cases of many is done for all.
     */
    onlyBinary: boolean;
  }
}

interface CallHere extends Call {
  /** Who calls, as far as rules about owners go. The binary is called by the user of its process. */
  userId?: number;
}

/**
 * The command line in this process, from the sources and with pipes: some ms instead of a start of the binary, for what
 * is called hundreds of times. The slow tests do the same with the binary.
 */
export async function portiaHere(args: string[], { cwd, env = {}, input = '', userId }: CallHere): Promise<Ended> {
  // What is read of a database stops this process meanwhile.
  if (inject('onlyBinary') || !ON_FILES) return portia(args, { cwd, env, input });
  const environment = cleanEnvironment(cwd, env);
  const { streams, stdout, stderr } = memoryStreams({ stdin: input, environment });
  const io: Io = {
    ...thisProcess(),
    streams,
    environment,
    cwd,
    platform: process.platform,
    nodeVersion: process.versions.node,
    version: '0.0.0',
    ...(userId !== undefined && { userId }),
    onStop: () => () => undefined,
    holdInterrupts: () => () => undefined,
  };
  const code = await runProgram(args, io);
  await streams.flush();
  return { code, signal: null, stdout: stdout(), stderr: stderr() };
}
