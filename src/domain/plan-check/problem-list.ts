import type { Problem } from '../errors.js';

type Said = Omit<Problem, 'severity' | 'rule'>;

/** What was found so far, in the order in which it was found. */
export class ProblemList {
  readonly all: Problem[] = [];

  error(rule: string, said: Said): void {
    this.all.push({ severity: 'error', rule, ...said });
  }

  warn(rule: string, said: Said): void {
    this.all.push({ severity: 'warning', rule, ...said });
  }

  /** Something that a person should know before the plan is run, although nothing is wrong with it. */
  note(rule: string, said: Said): void {
    this.all.push({ severity: 'note', rule, ...said });
  }
}
