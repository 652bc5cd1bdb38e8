import { PortiaError } from '../domain/errors.js';
import type { HookName } from '../domain/values/hook-names.js';
import type { Json } from '../domain/values/json.js';
import { describeThrown } from '../domain/values/thrown.js';
import { limitTime } from '../timing/limit.js';
import type { HookAbout, HookPort } from './hook-port.js';

/** How long one call of a hook may take where the hooks do not say. */
const DEFAULT_HOOK_MS = 60_000;

/**
 * What a hook returned; undefined when that was nothing. Rejects with `hook-failed`, naming the hook, for whatever goes wrong
 * in it, and with the reason of the signal.
 */
export async function callPort(
  hooks: HookPort,
  call: {
    hook: HookName;
    about: HookAbout;
    signal: AbortSignal;
    redact(text: string): string;
    /** A person looks at the hook with a debugger: it may take any time. */
    isInspected: boolean | undefined;
  },
): Promise<Json | undefined> {
  const { hook, about, signal, redact, isInspected } = call;
  const { timeoutMs = DEFAULT_HOOK_MS } = hooks;
  const limit = limitTime(signal, isInspected === true ? Number.POSITIVE_INFINITY : timeoutMs);
  try {
    return await limit.race(hooks.call(hook, about, limit.signal));
  } catch (error) {
    signal.throwIfAborted();
    // The module changed while it was used, so nothing that it says counts.
    if (error instanceof PortiaError && error.code === 'stale') throw error;
    const late = `took longer than ${timeoutMs / 1000} s. To give it more: timeoutMs in the hooks`;
    throw hookFailed(hooks, hook, limit.signal.aborted ? late : `threw: ${describeThrown(error, redact)}`);
  } finally {
    limit.clear();
  }
}

/** The failure of a hook; `problem` is the end of a sentence about it. */
export function hookFailed(hooks: HookPort | undefined, hook: HookName, problem: string): PortiaError {
  const file = hooks?.file;
  return new PortiaError('hook-failed', `The hook ${hook} ${problem}${/[.?]$/.test(problem) ? '' : '.'}`, {
    ...(file !== undefined && { why: `It is in ${file}.` }),
    fix: `Correct ${file ?? 'the hook'}; what is done stays done.`,
    retryable: false,
  });
}
