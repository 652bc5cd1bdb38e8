import type { EventOf } from '../domain/run/events.js';
import type { StillActing } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { CallTurn, Tool } from '../tools/tool.js';
import { stillActingUntil } from '../domain/run/unknown-outcome.js';
import type { CallFailure } from './call-outcome.js';
import { timeOfCall } from './call-time.js';
import { throwIfStopped } from './interruption.js';
import type { StepContext } from './run-context.js';
import type { EffectRecord } from './effect-record.js';

/** A call that can begin, or why it cannot: nothing has happened then. */
type Turn = { kind: 'turn'; turn: CallTurn } | CallFailure;

/** Waits until the call can begin. Rejects with what ends the drive or the step. */
export async function takeTurn(context: StepContext, tool: Tool): Promise<Turn> {
  if (tool.takeTurn === undefined) {
    return { kind: 'turn', turn: { run: async (call, args) => tool.run(call, args), end: () => undefined } };
  }
  try {
    return { kind: 'turn', turn: await tool.takeTurn(context.signal) };
  } catch (error) {
    throwIfStopped(context);
    if (error instanceof PortiaError || context.signal.aborted) throw error;
    const message = describeThrown(error, (text) => context.recorder.redact(text));
    return { kind: 'failure', message, retryable: true, notDone: true };
  }
}

/** What is recorded of the process in which a call is made. */
export function processOf({ services }: StepContext, { pid }: CallTurn): Pick<EventOf<'tool.started'>, 'process'> {
  const process = pid === undefined ? undefined : services.processes?.identify(pid);
  return process === undefined ? {} : { process };
}

/**
 * The process of a call that was begun by somebody who is gone may still work: it is ended before anything else. Gives
 * whether it is certain that the call is over.
 */
export async function endLeftover({ services }: StepContext, started: EventOf<'tool.started'>): Promise<boolean> {
  return started.process !== undefined && (await services.processes?.end(started.process)) === true;
}

/** Where, and until when, a call may still be under way that was begun by a driver whose end nobody saw. */
export function stillActingOf(
  context: StepContext,
  tool: Tool,
  { toolStarted, drive }: EffectRecord,
): StillActing | undefined {
  const { services, recorder, timeoutMs } = context;
  const driver = drive?.hasEnded === false ? drive.driver : undefined;
  if (toolStarted === undefined || driver === undefined || services.processes?.mayLive(driver) !== true)
    return undefined;
  return stillActingUntil(driver.host, {
    begunAt: Date.parse(toolStarted.ts),
    mostMs: timeOfCall(tool, services.environment, timeoutMs).ms + driver.lease_ms,
    // This drive has just recorded that it began.
    now: Date.parse(recorder.run.metadata.updated_at),
  });
}
