import { aboutMarks, between, type Marks } from '../domain/values/marks.js';
import { shorten } from './shorten.js';

const MAX_PROBLEMS = 20;

/** Asks for a reply again that could not be used. The problems may quote it. */
export function repairPrompt(problems: readonly string[], marks: Marks): string {
  const listed = problems.slice(0, MAX_PROBLEMS).map((problem) => `- ${shorten(problem)}`);
  if (problems.length > MAX_PROBLEMS) listed.push(`- and ${problems.length - MAX_PROBLEMS} more`);
  return `Your reply cannot be used:
${between(marks, listed.join('\n'))}
${aboutMarks(marks)}
Reply again, with the whole corrected JSON and nothing else.`;
}
