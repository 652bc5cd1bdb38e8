import { Readable } from 'node:stream';

import type { Guest, GuestEnd, GuestOptions, Guests } from '../../processes/guests.js';
import { LastWords, printLines } from '../../processes/printed-lines.js';
import type { ToolContext, ToolProgress } from '../tool.js';
import { ProgramOutput } from './program-output.js';
import { ProgramReport, REPORTS } from './program-report.js';

/** How much of what a program prints to standard error is passed on, and how much is kept. */
const MOST_PRINTED = 1_000_000;
const MOST_LAST_WORDS = 2_000;

export interface ProgramRun extends Pick<GuestOptions, 'command' | 'args' | 'environment' | 'directory'> {
  guests: Guests;
  /** What it reads; without it, nothing. */
  input: string | undefined;
  /** Ends it, with everything that it started. */
  signal: AbortSignal;
  /** How many characters of the end of standard error are kept. Default 2,000. */
  mostLastWords?: number;
  progress(report: ToolProgress): void;
  /** Takes what it reports about the end user. */
  setEndUserData?: ToolContext['setEndUserData'];
  print(text: string): Promise<void>;
  redact(text: string): string;
}

/** A program that has ended. */
export interface EndedProgram {
  end: GuestEnd;
  output: ProgramOutput;
  report: ProgramReport;
  /** The end of what it wrote to standard error. */
  lastWords: string;
}

/** A program that the system did not start: nothing was done. */
export interface NotStarted {
  error: unknown;
}

/** Runs a program until it ends. Rejects with the reason of `signal` when that ended it. */
export async function runProgram(run: ProgramRun): Promise<EndedProgram | NotStarted> {
  const { input, signal, mostLastWords = MOST_LAST_WORDS, print, redact } = run;
  signal.throwIfAborted();
  const guest = start(run);
  if ('error' in guest) return guest;
  const stop = () => void guest.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const output = new ProgramOutput(streamOf(guest, 1), stop);
    const report = new ProgramReport(streamOf(guest, REPORTS), run);
    const lastWords = new LastWords(streamOf(guest, 2), mostLastWords);
    printLines(streamOf(guest, 2), print, { redact, most: MOST_PRINTED });
    giveInput(guest, input);
    const end = await guest.ended;
    signal.throwIfAborted();
    if (end.error !== undefined) return { error: end.error };
    return { end, output, report, lastWords: lastWords.text };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function start({ guests, command, args, environment, directory, input }: ProgramRun): Guest | NotStarted {
  const stdin = input === undefined ? 'ignore' : 'pipe';
  try {
    return guests.start({ command, args, environment, directory, stdio: [stdin, 'pipe', 'pipe', 'pipe'] });
  } catch (error) {
    // Some faults of a start are thrown, others come as an event.
    return { error };
  }
}

function streamOf({ child }: Guest, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream instanceof Readable) return stream;
  throw new Error(`The program has no pipe ${descriptor}.`);
}

function giveInput({ child: { stdin } }: Guest, input: string | undefined): void {
  // A program that does not read its input closes it, as it may.
  stdin?.on('error', () => undefined);
  stdin?.end(input);
}
