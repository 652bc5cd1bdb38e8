import { stepNumber } from '../domain/plan/step-path.js';
import type { PlanComment } from '../domain/run/plan-comment.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { Look } from './look.js';
import { timeAgo } from './times.js';
import { wrapTo } from './text-width.js';

/** Comments below each other, each with the id by which it is removed. Ends with a newline. */
export function commentsView(
  comments: readonly (PlanComment & { isOlder: boolean })[],
  { columns, colour, now }: Look,
): string {
  if (comments.length === 0) return 'Nobody has said anything of this plan.\n';
  const blocks = comments.map(({ id, step, author, at, text, isOlder }) => {
    const older = isOlder ? ', about an older version of the step' : '';
    const head = `${colour.bold(`Step ${stepNumber(step)}`)}  ${oneLine(author.name ?? author.user)}, ${timeAgo(at, now)}${older}`;
    const lines = printable(text)
      .split('\n')
      .flatMap((line) => wrapTo(line, columns - 2));
    return [head, ...lines.map((line) => `  ${line}`), `  ${colour.dim(id)}`].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}
