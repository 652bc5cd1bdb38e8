import { answerCommands } from '../clarifications/answer-commands.js';
import type { Plan } from '../domain/plan/plan.js';
import { openClarifications, type Clarification } from '../domain/run/clarification.js';
import type { Run } from '../domain/run/run.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { Owner } from '../storage/store.js';
import { askedPeople } from './asked-people.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { wrapTo } from './text-width.js';
import { timeAgo } from './times.js';

/** A question that waits for a person, with its run. */
interface Waiting {
  run: Run;
  question: Clarification;
  plan: Plan | undefined;
  owner: Owner | undefined;
}

/** Open questions of several runs, each with the command that answers it. Ends with a newline. */
export function openQuestionsView({ shown, total }: { shown: Waiting[]; total: number }, look: Look): string {
  if (shown.length === 0) return 'No question waits for an answer.\n';
  const { colour, symbols } = look;
  const more = total > shown.length ? `, the newest ${shown.length}` : '';
  const lines = shown.flatMap((one) => ['', ...questionLines(one, look)]);
  return `${[colour.yellow(`${symbols.waiting} ${count(total, 'open question')}${more}`), ...lines].join('\n')}\n`;
}

function questionLines({ run, question, plan, owner }: Waiting, look: Look): string[] {
  const width = look.columns - 3;
  const [command] = answerCommands(run, question, openClarifications(run));
  const when = question.raised_at === undefined ? '' : `, asked ${timeAgo(question.raised_at, look.now)}`;
  const about = oneLine(`${plan?.plan_context.query ?? run.id}${when}`);
  const asked =
    owner === undefined ? [] : [`A process on ${owner.host} (${owner.pid}) works on this run, and asks there.`];
  return [
    ...wrapTo(printable(question.user_guidance), width).map(look.colour.bold),
    ...wrapTo(about, width).map(look.colour.dim),
    ...[...askedPeople(question), ...asked].flatMap((line) => wrapTo(line, width)),
    ...(command === undefined ? [] : [look.spell(command)]),
  ].map((line) => `   ${line}`);
}
