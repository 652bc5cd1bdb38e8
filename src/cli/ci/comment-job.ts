import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import { exactSelector, selects } from '../../clarifications/answer-selectors.js';
import { readCommand, type CommentCommand } from '../../ci/github/comment-command.js';
import type { Pull } from '../../ci/github/event.js';
import type { Marker } from '../../ci/github/marker.js';
import { PortiaError } from '../../domain/errors.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { ALWAYS, asksAboutCall } from '../../domain/run/approval-answers.js';
import { openClarifications, type Clarification } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { inlineText } from '../../ui/ci/markdown.js';
import { isSecret, isTooLong } from '../../ui/ci/run-sections.js';
import { EXIT } from '../session/exit-codes.js';
import { parseJsonText } from '../session/json-text.js';
import { show, type Asked, type Command, type OwnComment, type Standing } from './below.js';
import type { Driven } from './drive-here.js';
import { planJob, requireCommit } from './plan-job.js';
import { resumeHere, runSections, stageOf, startHere } from './run-job.js';
import { foundPlan, requireState, writeRunState, type KeptState } from './state-file.js';

/** What came of a command. `error`: why the run that it drives did not reach an end of its own. */
interface Done {
  standing: Standing;
  exitCode: number;
  error?: PortiaError | undefined;
}

/** Does what a comment of a member says. Rejects with why it is not done. */
export async function doCommand(asked: Asked, comment: Command, standing: Standing): Promise<Done> {
  const { id, author, body } = comment;
  const { request } = asked;
  const { own } = standing;
  const session = { ...asked.session, options: { ...asked.session.options, by: author } };
  const command = commandOf(body);
  if (command.kind === 'plan') return showAgain({ ...asked, session }, { id, own });
  const shown = currentComment(own, request);
  refuseInStage(command, shown.marker);
  await requireCommit(session, shown.marker.commit);
  const state = standing.state ?? (await requireState(session, shown.marker.state));
  if (planDigest(state.plan) !== shown.marker.plan) throw changed();
  return act({ ...asked, session }, { shown, command, state, comment });
}

/** A plan that was shown since the comment was written is what it asks for. */
async function showAgain(asked: Asked, { id, own }: { id: number; own: OwnComment | undefined }): Promise<Done> {
  const { marker } = own ?? {};
  const isShown = marker?.commit === asked.request.commit && marker.shown.plan >= id;
  if (isShown) return { standing: { own, state: undefined }, exitCode: EXIT.complete };
  const shown = await planJob(asked.session, { ...asked, own, handled: id });
  return { standing: { own: shown.own, state: undefined }, exitCode: shown.exitCode };
}

function commandOf(body: string): CommentCommand {
  const command = readCommand(body);
  if (command !== undefined) return command;
  throw new PortiaError('internal', 'A comment without a command came this far.');
}

/** Throws `stale` when the comment cannot be believed, or there were commits since. */
function currentComment(own: OwnComment | undefined, pull: Pull): OwnComment & { marker: Marker } {
  if (own === undefined) {
    throw new PortiaError('stale', 'No plan is shown here.', {
      why: 'Only what a comment of portia shows can be approved.',
      fix: '/portia plan',
    });
  }
  const { marker } = own;
  if (marker === undefined) throw changed();
  if (marker.commit !== pull.commit) {
    throw new PortiaError('stale', 'There are new commits since the plan was shown.', {
      why: `The comment is about ${marker.commit.slice(0, 12)}, and the pull request is at ${pull.commit.slice(0, 12)}.`,
      fix: '/portia plan',
    });
  }
  return { ...own, marker };
}

function changed(): PortiaError {
  return new PortiaError('stale', 'The comment with the plan is not as portia wrote it.', {
    why: 'It was changed, or signed with a key that does not count here.',
    fix: '/portia plan',
  });
}

function refuseInStage({ kind }: CommentCommand, { stage }: Marker): void {
  if (stage === 'running') {
    throw new PortiaError('run-locked', 'A job is working on it, or was ended in the middle.', {
      why: 'Only the log of a job that was ended says what it did.',
      fix: 'Wait until the comment changes. When its job is gone: /portia plan   # starts over',
    });
  }
  const allowed: Record<string, readonly string[]> = {
    approve: ['planned', 'waiting'],
    answer: ['waiting'],
    resume: ['stopped', 'waiting'],
  };
  if (allowed[kind]?.includes(stage) === true) return;
  throw new PortiaError('answer-refused', REFUSED[stage] ?? 'There is nothing to do.', {
    why: `/portia ${kind} does nothing now.`,
    fix: stage === 'planned' ? '/portia approve' : stage === 'stopped' ? '/portia resume' : '/portia plan',
  });
}

const REFUSED: Partial<Record<Marker['stage'], string>> = {
  planned: 'The plan was not approved yet.',
  waiting: 'A question is open.',
  stopped: 'No question is open.',
  ended: 'Nothing is open here.',
};

interface Acting {
  /** What the bot showed. */
  shown: OwnComment & { marker: Marker };
  command: CommentCommand;
  state: KeptState;
  /** The comment that says it. */
  comment: Command;
}

async function act(asked: Asked, { shown, command, state, comment }: Acting): Promise<Done> {
  const { session, job, talk } = asked;
  const { id, author, body } = comment;
  const marker = { ...shown.marker, handled: id };
  if (state.kind === 'plan' && id <= marker.shown.plan) throw notSeen('The plan');
  const answers = state.kind === 'run' ? answersOf(command, seenBy(id, { run: state.run, marker })) : [];
  const said = `${inlineText(body.split('\n')[0] ?? '')} of ${inlineText(author)}`;
  const doing = `${said} is being done: [log](${job.logUrl})`;
  await talk.change(shown.id, job.comment(session, [{ text: doing }], { ...marker, stage: 'running' }));
  const driven =
    state.kind === 'plan'
      ? await startHere(session, foundPlan(session, state.plan))
      : await resumeHere(session, state, answers);
  return report(asked, { shown: { ...shown, marker }, state, driven });
}

/** The comment says what came of it. Rejects with why nothing did. */
async function report(
  asked: Asked,
  { shown, state, driven }: Pick<Acting, 'shown' | 'state'> & { driven: Driven },
): Promise<Done> {
  const { session, job, talk, request } = asked;
  const { run, error, exitCode } = driven;
  const { marker } = shown;
  if (run === undefined) {
    await talk.change(shown.id, shown.body);
    throw error ?? new PortiaError('internal', 'A run was neither begun nor refused.');
  }
  const sections = await runSections(
    session,
    { run, error },
    { plan: state.plan, commit: request.commit, isComment: true },
  );
  const kept = job.stateOf(await writeRunState(session, run.id));
  // What is not shown whole cannot be approved here.
  const stage = isTooLong(run) ? ('ended' as const) : stageOf(run);
  const open = openClarifications(run);
  const own = await show(asked, { own: shown, sections }, (newest) => {
    const before = marker.shown.questions;
    const questions = Object.fromEntries(open.map((question) => [question.id, before[question.id] ?? newest]));
    return { ...marker, stage, state: kept, shown: { ...marker.shown, questions } };
  });
  job.summarize(sections);
  job.end({ state: run.state, runId: run.id, exitCode, questions: open.length });
  return { standing: { own, state: { kind: 'run', plan: state.plan, run } }, exitCode, error };
}

/** The open questions of a run, and which of them were shown before a comment was written. */
interface Seen {
  open: Clarification[];
  wasShown(question: Clarification): boolean;
}

function seenBy(id: number, { run, marker }: { run: Run; marker: Marker }): Seen {
  const { questions } = marker.shown;
  return { open: openClarifications(run), wasShown: (question) => id > (questions[question.id] ?? id) };
}

/** Whoever wrote the comment meant something else. */
function notSeen(what: string): PortiaError {
  return new PortiaError('stale', `${what} was shown after the comment was written.`, {
    why: 'Only what its author saw can be meant by it.',
    fix: 'Look at it above, and write the comment again.',
  });
}

/** What a comment answers. Throws `answer-refused` when it is not clear which question is meant. */
function answersOf(command: CommentCommand, { open, wasShown }: Seen): GivenAnswer[] {
  const originOf = (selector: string) => ({ origin: `/portia answer ${selector}`, channel: 'github' as const });
  if (command.kind === 'answer') {
    const { selector, isJson, text } = command;
    if (open.some((question) => isSecret(question) && selects(selector, question))) throw secretRefused(selector);
    const said = isJson ? parseJsonText(text, `The value of ${selector}`) : text.trim();
    if (said === ALWAYS && open.some((question) => asksAboutCall(question) && selects(selector, question))) {
      throw alwaysRefused(selector);
    }
    if (open.some((question) => selects(selector, question) && !wasShown(question))) throw notSeen('This question');
    if (!isJson) return [{ ...originOf(selector), selector, form: 'text', text }];
    return [{ ...originOf(selector), selector, form: 'json', json: said }];
  }
  if (command.kind !== 'approve') return [];
  const [first, ...others] = open.filter(({ category }) => category === 'User Verification');
  if (first !== undefined && others.length === 0) {
    if (!wasShown(first)) throw notSeen('What is asked now');
    const selector = exactSelector(first, open);
    return [{ ...originOf(selector), selector, form: 'text', text: 'yes' }];
  }
  const names = open.map((question) => exactSelector(question, open));
  throw new PortiaError('answer-refused', 'It is not clear what is approved.', {
    why: `${others.length === 0 ? 'No approval is' : 'Several approvals are'} open; the open questions are: ${names.join(', ')}.`,
    fix: `/portia answer ${names[0] ?? 'NAME'}=yes`,
  });
}

function alwaysRefused(selector: string): PortiaError {
  return new PortiaError('answer-refused', 'A comment cannot allow a tool forever.', {
    why: 'Such a yes is kept in the settings of one person, and this machine works for many.',
    fix: `/portia answer ${selector}=run   # for the rest of this run`,
  });
}

function secretRefused(selector: string): PortiaError {
  return new PortiaError('answer-refused', `${selector} is a secret, which no comment can give.`, {
    why: 'Everybody who sees the pull request reads it.',
    fix: 'Give it to the job, as a secret of the repository: --answer NAME=@FILE',
  });
}
