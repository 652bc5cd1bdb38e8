import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import { RunEvents } from '../domain/run/run-events.js';
import { createFold } from '../domain/run/run-transitions.js';
import type { Run } from '../domain/run/run.js';
import type { ClarificationId, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { LogChain } from './log-chain.js';
import type { PastLog } from './log-head.js';
import { applyTo, type LogBackend } from './run-log.js';
import type { Owner, ReadOptions } from './store.js';

/** A run in memory. */
export interface MemoryRun {
  /** As text, so that nothing that a caller holds can change what is kept. */
  lines: string[];
  memory: Map<string, string>;
  sealed: Map<ClarificationId, string>;
  /** Grows with each driver; the highest one drives. */
  generation: number;
  owner: Owner | undefined;
}

/** `changed` is called after each change. */
export function memoryBackend(id: RunId, run: MemoryRun, changed: () => void): LogBackend {
  const { generation } = run;
  const assertOwner = (): void => {
    if (run.generation !== generation) throw locked(id);
  };
  return {
    name: id,
    append(lines) {
      assertOwner();
      run.lines.push(...lines);
      changed();
    },
    flush() {},
    assertOwner,
    writeMemory: (digest, value) => void run.memory.set(digest, JSON.stringify(value)),
    readMemory: (digest) => valueOf(run, digest),
    writeFirstSnapshot() {},
    writeSnapshot() {},
    release() {
      if (run.generation === generation) run.owner = undefined;
      changed();
    },
  };
}

export function pastOf(id: RunId, run: MemoryRun): PastLog {
  const past = { lastSeq: run.lines.length, fold: createFold(), events: new RunEvents(), chain: new LogChain() };
  for (const event of eventsOf(run)) {
    applyTo(past.fold, event, id);
    past.events.add(event);
  }
  for (const line of run.lines) past.chain.add(line.slice(0, -1));
  return past;
}

export function foldOf(run: MemoryRun, id: RunId, options?: ReadOptions): Run {
  const fold = createFold(options);
  for (const event of eventsOf(run)) applyTo(fold, event, id);
  return fold.run;
}

export function eventsOf(run: MemoryRun): RunEvent[] {
  return run.lines.map((line): RunEvent => JSON.parse(line));
}

export function valueOf(run: MemoryRun, digest: string): Json {
  const text = run.memory.get(digest);
  if (text === undefined)
    throw new PortiaError('unreadable', `The stored value ${JSON.stringify(digest)} cannot be used.`);
  return JSON.parse(text);
}

export function locked(id: RunId): PortiaError {
  return new PortiaError('run-locked', `Another driver has ${id}.`, {
    why: 'A run has one driver at a time.',
    fix: 'Close its log first.',
    retryable: true,
    runId: id,
  });
}
