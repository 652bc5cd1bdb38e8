import type { Session } from '../session/session.js';

/** Shows what is done, and for how long, on the terminal of a person who did not ask for quiet. */
export async function whileWorking<Result>(
  what: string,
  { io, look, isQuiet, isVerbose }: Session,
  work: () => Promise<Result>,
): Promise<Result> {
  if (isQuiet) return work();
  const { showWorking } = await import('../../ui/working.js');
  return showWorking(what, { ...io, look, verbose: isVerbose }, work);
}
