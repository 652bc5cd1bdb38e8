import { readCommand } from '../../ci/github/comment-command.js';
import { RIGHTS, type Right } from '../../ci/github/conversation.js';
import type { CommentEvent } from '../../ci/github/event.js';
import { PlatformError } from '../../ci/github/rest.js';
import { PortiaError } from '../../domain/errors.js';
import { inlineText } from '../../ui/ci/markdown.js';
import { pageOf } from '../../ui/ci/page.js';
import { errorSection } from '../../ui/ci/run-sections.js';
import { EXIT } from '../session/exit-codes.js';
import { markHandled, newCommands, type Asked, type Below, type Command, type Standing } from './below.js';
import { doCommand } from './comment-job.js';
import type { CiOptions } from './options.js';

/**
 * Does what comments say that nobody looked at yet, and tells their authors what was not done. Gives the exit code of the
 * comment that started the job, or rejects with why that was not done. Rejects with a PlatformError where GitHub fails: then
 * another job can do the rest.
 */
export async function doCommands(asked: Asked, below: Below, event?: CommentEvent): Promise<number> {
  const commands = newCommands(below, asked.talk, event);
  let standing: Standing = { own: below.own, state: undefined };
  let [exitCode, failure]: [number, PortiaError | undefined] = [EXIT.complete, undefined];
  for (const command of commands) {
    const isOfEvent = command.id === event?.id;
    try {
      await requireAllowed(asked, command);
      const done = await doCommand(asked, command, standing);
      standing = done.standing;
      if (isOfEvent) exitCode = done.exitCode;
      if (done.error !== undefined) throw done.error;
    } catch (error) {
      if (!(error instanceof PortiaError) || error instanceof PlatformError) throw error;
      await reply(asked, command, error);
      if (isOfEvent) failure = error;
      else await tell(asked, command, error);
    }
  }
  const { own } = standing;
  const last = commands.at(-1)?.id ?? 0;
  if (own?.marker !== undefined) await markHandled(asked, { ...own, marker: own.marker }, last);
  if (failure !== undefined) throw failure;
  return exitCode;
}

/** Whether a member asks for something: then it matters what is checked out and fetched. */
export async function isAnyAllowed(asked: Asked, commands: readonly Command[]): Promise<boolean> {
  for (const command of commands) {
    try {
      await requireAllowed(asked, command);
      return true;
    } catch (error) {
      if (!(error instanceof PortiaError) || error instanceof PlatformError) throw error;
    }
  }
  return false;
}

async function requireAllowed({ session, talk, refused }: Asked, { author, body, isEdited }: Command): Promise<void> {
  if (refused !== undefined) throw refused;
  const right = rightOf(session.options);
  if (!(await talk.has(author, right))) {
    throw new PortiaError('stale', 'Nothing was done: only members may say what portia does.', {
      why: `The author of the comment does not have the right ${right} in this repository.`,
      fix: 'Ask a member to write the comment.',
    });
  }
  if (isEdited) {
    throw new PortiaError('stale', 'The comment was changed after it was written, so it does not count.', {
      why: 'Others can change comments, too.',
      fix: 'Write a new one.',
    });
  }
  readCommand(body);
}

function rightOf({ permission }: CiOptions): Right {
  const right = RIGHTS.find((known) => known === (permission ?? 'write'));
  if (right !== undefined) return right;
  throw new PortiaError('usage', `--permission ${permission} is not known.`, {
    why: `It is one of ${RIGHTS.join(', ')}.`,
    fix: '--permission write',
  });
}

/** Says below the pull request why a command was not done. */
async function reply(
  { session, job, talk, pull }: Asked,
  { author }: Pick<Command, 'author'>,
  error: PortiaError,
): Promise<void> {
  const text = pageOf([{ text: `To ${inlineText(author)}:` }, errorSection(error)], 10_000);
  try {
    await talk.write(pull, job.redact(text));
  } catch (failed) {
    if (!(failed instanceof PlatformError)) throw failed;
    // What was wrong with the command matters more than that nobody could be told.
    await session.warn(`The reply was not written: ${failed.message}`);
  }
}

/** For the log of a job that another comment started. */
async function tell({ session }: Asked, { author }: Command, error: PortiaError): Promise<void> {
  await session.warn(`A comment of ${author} was not done: ${error.message}`);
}
