/** Runs of a batch that are driven at a time when --jobs does not say: each of them has calls of its own. */
export const RUNS_AT_A_TIME = 4;

/** Steps of a run that are done at a time when --jobs does not say: they only read, and mostly wait. */
export const STEPS_AT_A_TIME = 8;

export const MOST_JOBS = 64;
