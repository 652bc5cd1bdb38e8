/** Tells the process of a call from every other one that has or had its number. */
export interface CallProcess {
  pid: number;
  /** When the kernel started it, in the kernel's own words; empty where it does not say. */
  start: string;
  /** Differs after each start of the machine; empty where the system has none. */
  boot: string;
  /** Process numbers are comparable only inside one namespace; empty where there are none. */
  namespace: string;
}

/** The process that drives a run. */
export interface Driver extends CallProcess {
  host: string;
  /** A mark that tells machines of the same name apart; empty where there is none. */
  machine: string;
  /** How long it has the run after each renewal, in milliseconds; 0 where it has the run until it ends. */
  lease_ms: number;
}

/** What steers a drive beside its plan. */
export interface DriveSetup {
  /** The version of portia. */
  version: string;
  /** Steps that may be done at a time. */
  jobs: number;
  /** Values with more tokens than this, by estimate, are kept beside the log. */
  large_output_tokens: number;
  /** A summary of the run is asked for, whatever the plan says. */
  summarize?: true | undefined;
  /** SHA-256 of the rules about calls of tools; absent where there are none. */
  policies?: string | undefined;
}
