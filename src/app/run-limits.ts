/** How much is done at a time when --jobs does not say: steps of a run, runs of a batch. */
export const DEFAULT_JOBS = 4;

export const MOST_JOBS = 64;
