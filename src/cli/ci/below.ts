import { readCommand } from '../../ci/github/comment-command.js';
import type { Comment, Conversation } from '../../ci/github/conversation.js';
import type { CommentEvent, Pull } from '../../ci/github/event.js';
import { hasMarker, readMarker, shownIn, type Marker } from '../../ci/github/marker.js';
import { PortiaError } from '../../domain/errors.js';
import type { Section } from '../../ui/ci/page.js';
import type { Job } from './job.js';
import type { CiSession } from './open-session.js';
import type { KeptState } from './state-file.js';

/** A pull request whose comments are read and written. */
export interface Place {
  session: CiSession;
  job: Job;
  talk: Conversation;
  /** Number of the pull request. */
  pull: number;
}

/** The comment that is kept up to date, and what it stands for; undefined when it was changed. */
export interface OwnComment {
  id: number;
  body: string;
  marker: Marker | undefined;
}

/** A pull request of which members say what is done. */
export interface Asked extends Place {
  request: Pull;
  /** The file of the plan; undefined when it is made from a request. */
  file: string | undefined;
  /** Why nothing is done here, whatever members say. */
  refused?: PortiaError | undefined;
}

/** What is known before a command, and after it. */
export interface Standing {
  own: OwnComment | undefined;
  /** What was left by the command before; undefined where only a job before left it. */
  state: KeptState | undefined;
}

/** What is below a pull request at one moment. */
export interface Below {
  own: OwnComment | undefined;
  comments: readonly Comment[];
  /** Id of the newest comment that was looked at. */
  handled: number;
}

export async function lookBelow({ session, job, talk, pull }: Place): Promise<Below> {
  const comments = await talk.comments(pull);
  const ofBot = comments.filter(({ author }) => talk.isBot(author));
  const read = ofBot.flatMap(({ id, body }): OwnComment[] => {
    if (!hasMarker(body)) return [];
    const marker = readMarker(body, session.services.signing.judge);
    const isHere = marker?.repository === job.workflow.repository && marker.pull === pull;
    return [{ id, body, marker: isHere ? marker : undefined }];
  });
  // The newest one that can be believed, else one that cannot.
  const own = read.findLast(({ marker }) => marker !== undefined) ?? read.at(-1);
  // Without it a reply says that all before was looked at.
  return { own, comments, handled: own?.marker?.handled ?? newestOf(ofBot) };
}

/** A comment that begins as a command does, also as a wrong one. */
export type Command = Pick<Comment, 'id' | 'body' | 'author' | 'isEdited'>;

/**
 * The commands that nobody looked at yet, the oldest first. GitHub drops jobs that wait when others come, so one job does
 * what the comments of all of them say. `event`: the comment that started it, as it was written.
 */
export function newCommands({ comments, handled }: Below, talk: Conversation, event?: CommentEvent): Command[] {
  const others = comments.filter(({ id, author, isOfPerson }) => isOfPerson && !talk.isBot(author) && id !== event?.id);
  const own = event === undefined ? [] : [{ ...event, isEdited: false }];
  return [...others, ...own]
    .filter(({ id, body }) => id > handled && isCommand(body))
    .toSorted((one, other) => one.id - other.id);
}

function isCommand(body: string): boolean {
  try {
    return readCommand(body) !== undefined;
  } catch (error) {
    if (error instanceof PortiaError) return true;
    throw error;
  }
}

export function newestOf(comments: readonly Pick<Comment, 'id'>[]): number {
  return Math.max(0, ...comments.map(({ id }) => id));
}

/**
 * Shows something in the comment of the bot. `markerAt` gets the id of the newest comment at that moment: whoever wrote it
 * cannot have seen what is new.
 */
export async function show(
  place: Place,
  { own, sections }: { own: OwnComment | undefined; sections: readonly Section[] },
  markerAt: (newest: number) => Omit<Marker, 'repository' | 'pull'>,
): Promise<OwnComment & { marker: Marker }> {
  const { session, job, talk, pull } = place;
  const made = (newest: number) => {
    const marker = { repository: job.workflow.repository, pull, ...markerAt(newest) };
    return { marker, body: job.comment(session, sections, marker) };
  };
  const newest = async () => newestOf((await talk.comments(pull)).filter(({ id }) => id !== known));
  let known = own?.id;
  const before = await newest();
  const first = made(before);
  if (known === undefined) known = await talk.write(pull, first.body);
  else await talk.change(known, first.body);
  // Written while it was changed, so perhaps before it was seen.
  const meanwhile = await newest();
  if (meanwhile === before) return { id: known, ...first };
  const second = made(meanwhile);
  await talk.change(known, second.body);
  return { id: known, ...second };
}

/** Keeps what the comment shows, and that the comments up to this one were looked at. */
export async function markHandled(place: Place, own: OwnComment & { marker: Marker }, handled: number): Promise<void> {
  if (handled <= own.marker.handled) return;
  const { session, job, talk } = place;
  await talk.change(own.id, job.signed(session, shownIn(own.body), { ...own.marker, handled }));
}
