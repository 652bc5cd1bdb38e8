import { Console } from 'node:console';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

import { createStreams, type Streams } from '../ui/streams.js';
import { EXIT } from './session/exit-codes.js';
import type { Io } from './session/io.js';
import { thisProcess } from '../app/this-process.js';
import { COMMANDS } from './command-table.js';
import { rootHelp } from './help/root-help.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long a stopped process may take to end by itself once everything is saved and printed. */
const LINGER_MS = 1_000;

/** The command line: arguments and streams in, exit code out. */
export async function main(): Promise<number> {
  const [, , ...argv] = process.argv;
  const noColour = argv.includes('--no-color');
  // The prompts read nothing but the environment.
  if (noColour) process.env['NO_COLOR'] = '1';
  const streams = createStreams(process, process.env, { noColour });
  const io: Io = {
    ...thisProcess(),
    streams,
    cwd: workingFolder(),
    platform: process.platform,
    nodeVersion: process.versions.node,
    version: readVersion(),
    onStop: (listener) => onStop(listener, streams),
    holdInterrupts,
  };
  const code = await dispatch(argv, io);
  await streams.flush();
  letGoOfClosedTerminal();
  if (stoppedBy !== undefined) endSoon(stoppedBy);
  const failure = streams.failure();
  if (failure === undefined) return code;
  const { reportLostOutput } = await import('./program.js');
  await reportLostOutput(failure, argv, io);
  return code === EXIT.complete ? EXIT.storage : code;
}

const STANDARD_FILES = [0, 1, 2];

/** Node sets its terminal back when it ends, and is aborted when that terminal was closed. */
function letGoOfClosedTerminal(): void {
  for (const file of STANDARD_FILES) {
    try {
      if (fstatSync(file).isCharacterDevice() && !isatty(file)) closeSync(file);
    } catch {
      // It was closed from the start.
    }
  }
}

function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    // Somebody deleted it; only commands that need a folder have to say so.
    return undefined;
  }
}

/** The two most asked questions are answered without loading anything. */
async function dispatch(argv: string[], io: Io): Promise<number> {
  const [first] = argv;
  if (argv.length <= 1) {
    if (first === '--version' || first === '-V') return print(io, `${io.version}\n`);
    if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
      return print(io, rootHelp(COMMANDS));
    }
  }
  // What a tool prints must not mix with the result.
  globalThis.console = new Console(process.stderr, process.stderr);
  const { runProgram } = await import('./program.js');
  return runProgram(argv, io);
}

async function print(io: Io, text: string): Promise<number> {
  await io.streams.out.write(text);
  return EXIT.complete;
}

function readVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}

/** The signal that stopped the command, if one did. */
let stoppedBy: NodeJS.Signals | undefined;

/**
 * A tool that ignores the signal keeps the process alive: then the process ends as the signal would have ended it at
 * once.
 */
function endSoon(signal: NodeJS.Signals): void {
  setTimeout(() => {
    process.off('SIGHUP', ignore);
    process.kill(process.pid, signal);
  }, LINGER_MS).unref();
}

/**
 * When a terminal is closed, the prompt, the system and the shell each report it: that is still one request to stop.
 */
function ignoreHangUps(): void {
  process.off('SIGHUP', ignore).on('SIGHUP', ignore);
}

function ignore(): void {}

function holdInterrupts(): () => void {
  process.on('SIGINT', ignore);
  return () => void process.off('SIGINT', ignore);
}

function onStop(listener: (signal: string) => void, streams: Pick<Streams, 'in'>): () => void {
  const stop = (signal: NodeJS.Signals) => {
    stoppedBy = signal;
    if (signal === 'SIGHUP') ignoreHangUps();
    // The spinner listens too, and ends the process at once when it finds no other listener: ours stays until the
    // spinner is done.
    setImmediate(release);
    listener(signal);
  };
  // Without our listeners, the next signal ends the process as the system does it.
  const release = () => {
    // A prompt has seen the end of its terminal, and the signal comes while the command ends.
    if (streams.in.isTerminal && streams.in.isClosed) ignoreHangUps();
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  return release;
}
