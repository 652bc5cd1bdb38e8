import type { Ora } from 'ora';

import { openSpinner, type SpinnerOptions } from './progress.js';
import { waited } from './times.js';

/** What is over before a person could wonder has no line. */
const UNSEEN_MS = 400;

/**
 * Does work that tells nothing of itself, with a moving line that says what it is and how long it takes already. Without
 * a line where nothing can move.
 */
export async function showWorking<Result>(
  what: string,
  options: SpinnerOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const since = performance.now();
  let spinner: Ora | undefined;
  let isOver = false;
  const begin = async () => {
    const opened = await openSpinner(options);
    if (opened === undefined || isOver) return;
    opened.suffixText = () => options.look.colour.dim(waited(performance.now() - since));
    spinner = opened.start(what);
  };
  const timer = setTimeout(() => void begin(), UNSEEN_MS);
  try {
    return await work();
  } finally {
    isOver = true;
    clearTimeout(timer);
    spinner?.stop();
  }
}
