import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';
import { ABOUT_READING, NOTHING_READ, partBlock, type PartsRead } from './part-block.js';

/** Asks for a summary of a run; `steps` are what its steps gave, a line each. */
export function summaryPrompt(
  work: { query: string; steps: readonly string[]; read?: PartsRead; canRead?: boolean },
  marks: Marks,
): string {
  return [
    `Summarise the result of this request in at most 500 characters: ${work.query}`,
    between(marks, work.steps.join('\n')),
    ...partBlock(work.read ?? NOTHING_READ, marks),
    ...(work.canRead === true ? [ABOUT_READING] : []),
    aboutMarks(marks),
  ].join('\n\n');
}
