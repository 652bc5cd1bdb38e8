import vm from 'node:vm';

/** Only a script of node:vm can be ended by the clock while it runs. */
const caller: { context?: vm.Context; script: vm.Script } = { script: new vm.Script('work()') };

/** How much of its time a call must have had before it is ended: a busy machine gives it less. */
const AT_WORK = 0.7;

/** How many times longer it may take on such a machine. */
const MAX_PATIENCE = 8;

type Called<Value> = { ended: true; value: Value } | { ended: false };

/**
 * What the function returns, unless the clock ends it first. Nothing in it learns that, not even a `finally`. It is
 * called again, with more time, when this process has hardly worked meanwhile: `cpuTime` gives the milliseconds.
 */
export function callWithin<Value>(timeout: number, work: () => Value, cpuTime: () => number): Called<Value> {
  for (let patience = timeout; ; patience *= 2) {
    const workedBefore = cpuTime();
    const called = callOnce(patience, work);
    if (called.ended || patience >= timeout * MAX_PATIENCE) return called;
    if (cpuTime() - workedBefore >= timeout * AT_WORK) return called;
  }
}

function callOnce<Value>(timeout: number, work: () => Value): Called<Value> {
  const context = (caller.context ??= vm.createContext(Object.create(null)));
  const result: { value?: Value } = {};
  context['work'] = () => {
    result.value = work();
  };
  try {
    caller.script.runInContext(context, { timeout });
    return { ended: true, value: result.value as Value };
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return { ended: false };
  } finally {
    delete context['work'];
  }
}

/** The error is one of the script's own world, so no Error of this one. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
