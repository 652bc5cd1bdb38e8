import type { Settings } from '../config/settings.js';
import type { Environment } from '../domain/environment.js';
import type { Clarification } from '../domain/run/clarification.js';
import type { Run } from '../domain/run/run.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import { stillAsked } from '../domain/run/who-may-answer.js';
import type { NotifyTarget } from '../notices/notify-settings.js';
import { ownSecret } from './own-secret.js';
import { signLink } from './question-links.js';

/** How long a link in a notice can be used, in milliseconds. */
const LINK_MS = 7 * 24 * 3_600_000;

interface LinkParts {
  settings: Pick<Settings, 'publicUrl'>;
  shell: Environment;
}

/**
 * Where a question is answered by the one person whom the target is for; null when others read it, too, or nobody says where
 * `portia serve` is reached: whoever has a link is taken for that person.
 */
export function noticeLink(
  { target, run, question, now }: { target: NotifyTarget; run: Run; question: Clarification; now: Date },
  { settings, shell }: LinkParts,
): string | null {
  const [name, ...others] = stillAsked(question);
  const known = Object.keys(target.people ?? {});
  const isPersonal = name !== undefined && others.length === 0 && known.length === 1 && known[0] === name;
  const url = settings.publicUrl?.value;
  if (!isPersonal || url === undefined || asksForSecret(question)) return null;
  const until = new Date(now.getTime() + LINK_MS).toISOString();
  const { value: key } = ownSecret('link-key', shell);
  return `${url.replace(/\/$/, '')}/link/${signLink({ run: run.id, question: question.id, name, until }, key)}`;
}
