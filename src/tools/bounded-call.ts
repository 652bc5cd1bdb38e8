import vm from 'node:vm';

/** Only a script of node:vm can be ended by the clock while it runs. */
const caller: { context?: vm.Context; script: vm.Script } = { script: new vm.Script('work()') };

/** What the function returns, unless the clock ends it first. Nothing in it learns that, not even a `finally`. */
export function callWithin<Value>(
  timeout: number,
  work: () => Value,
): { ended: true; value: Value } | { ended: false } {
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
