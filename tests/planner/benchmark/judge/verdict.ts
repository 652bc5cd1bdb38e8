/** Whether one expectation holds, and why it does not. */
export interface Verdict {
  what: string;
  why: string | undefined;
}
