/** How a drive waits for times. */
export interface Staying {
  /** How long a drive stays at one step before it saves the run, in milliseconds. */
  ms: number;
  /** Nothing is waited for: the run is a rehearsal. */
  isRehearsal: boolean;
  /** Times have come as soon as they are waited for: the run is played. */
  isInstant?: boolean | undefined;
}

/** How long a drive stays when nobody says. */
export const STAY_MS = 60_000;
