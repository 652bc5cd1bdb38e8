import { Interruption } from '../executor/interruption.js';

/** Stops a run when the caller's signal says so; a signal may live longer than the run, so it is let go at the end. */
export function followSignal(signal: AbortSignal | undefined): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new Interruption(String(signal?.reason ?? 'the caller')));
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, end: () => signal?.removeEventListener('abort', stop) };
}
