import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';

/** Asks for a summary of a run; `steps` are what its steps gave, a line each. */
export function summaryPrompt({ query, steps }: { query: string; steps: readonly string[] }, marks: Marks): string {
  return [
    `Summarise the result of this request in at most 500 characters: ${query}`,
    between(marks, steps.join('\n')),
    aboutMarks(marks),
  ].join('\n\n');
}
