import type { EventOf } from '../domain/run/events.js';
import { PortiaError } from '../domain/errors.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { CallTurn, Tool } from '../tools/tool.js';
import type { CallFailure } from './call-outcome.js';
import { throwIfStopped } from './interruption.js';
import type { StepContext } from './run-context.js';

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

/** The process of a call that was begun by somebody who is gone may still work: it is ended before anything else. */
export async function endLeftover({ services }: StepContext, started: EventOf<'tool.started'>): Promise<void> {
  if (started.process !== undefined) await services.processes?.end(started.process);
}
