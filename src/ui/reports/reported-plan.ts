import type { Problem } from '../../domain/errors.js';

/** A plan that was checked, as reports for other programs speak of it. */
export interface ReportedPlan {
  /** What a person calls it. */
  name: string;
  /** Its file as the reader of the report finds it, with `/` between folders; undefined when it is not in a file. */
  file?: string | undefined;
  problems: readonly Problem[];
}

/** Without notes, which say what a plan will do. */
export function realProblems({ problems }: ReportedPlan): Problem[] {
  return problems.filter(({ severity }) => severity !== 'note');
}
