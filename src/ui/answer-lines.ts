import { selectorName, type Clarification } from '../domain/run/clarification.js';
import { changesOfPerson } from '../domain/run/asked-digest.js';
import { isConsent, responseText } from '../domain/run/consents.js';
import { personText } from '../domain/run/person.js';
import type { Run } from '../domain/run/run.js';
import { stepNumber } from '../domain/plan/step-path.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { cutTo, wrapTo } from './text-width.js';
import { timeAgo } from './times.js';

type Approval = NonNullable<Clarification['approvals']>[number];

/** Who answered what, and when; a line for each answer, the newest ones when there are many. */
export function answerLines(run: Run, look: Look): string[] {
  const { clarifications } = run.outputs;
  const answered = clarifications.filter(({ resolved, channel }) => resolved && channel !== undefined);
  if (answered.length === 0) return [];
  const shown = answered.slice(-MOST);
  const left = answered.length - shown.length;
  return [
    look.colour.bold('Answered'),
    ...(left === 0 ? [] : [look.colour.dim(`  ${look.symbols.ellipsis} ${left} before`)]),
    ...shown.flatMap((question) => [
      `  ${cutTo(answerLine(question, look), look.columns - 2, look.symbols.ellipsis)}`,
      ...(question.approvals ?? []).map((given) =>
        cutTo(`    ${agreedLine(given, look)}`, look.columns - 2, look.symbols.ellipsis),
      ),
      ...changesOfPerson(question).flatMap((change) =>
        wrapTo(oneLine(change), look.columns - 4).map((line) => `    ${line}`),
      ),
    ]),
  ];
}

const MOST = 10;

/** Somebody who agreed before the last one. */
function agreedLine({ by, channel, at }: Approval, { symbols, now }: Look): string {
  const who = by === undefined ? '' : ` by ${personText(by)}`;
  return oneLine(`yes${who} (${channel}) ${symbols.separator} ${timeAgo(at, now)}`);
}

/** The answer itself stands here only when it is a consent: others are values of the run, or secrets. */
function answerLine(question: Clarification, look: Look): string {
  const { answered_by: by, channel, resolved_at: at } = question;
  const isChanged = changesOfPerson(question).length > 0;
  const place = question.path === undefined ? '' : `step ${stepNumber(question.path)} `;
  if (question.expired === true) {
    return oneLine(`${place}${selectorName(question)}: nobody answered until ${question.expires_at}`);
  }
  const said = isConsent(question) ? ` = ${isChanged ? 'yes, with other arguments' : responseText(question)}` : '';
  const who = by === undefined ? '' : ` by ${personText(by)}`;
  const when = at === undefined ? '' : ` ${look.symbols.separator} ${timeAgo(at, look.now)}`;
  return oneLine(`${place}${selectorName(question)}${said}${who} (${channel ?? ''})${when}`);
}
