export interface ArgumentProblem {
  /** Top-level argument name; empty when the problem is of all arguments together. */
  argument: string;
  message: string;
  /** A required argument that is absent. */
  missing: boolean;
}

/** Each problem with the argument it is about, for people and for models. */
export function problemTexts(problems: readonly ArgumentProblem[]): string[] {
  return problems.map(({ argument, message }) => (argument === '' ? message : `${argument}: ${message}`));
}

/** The same on one line, without an end mark. */
export function describeProblems(problems: readonly ArgumentProblem[]): string {
  return problemTexts(problems).join('; ');
}
