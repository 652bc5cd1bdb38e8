import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import { exactSelector, selects } from '../../clarifications/answer-selectors.js';
import { readCommand, type CommentCommand } from '../../ci/github/comment-command.js';
import type { Conversation } from '../../ci/github/conversation.js';
import type { CommentEvent, Pull } from '../../ci/github/event.js';
import type { Marker } from '../../ci/github/marker.js';
import { PortiaError } from '../../domain/errors.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import { ALWAYS, asksAboutCall } from '../../domain/run/approval-answers.js';
import { openClarifications } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { inlineText } from '../../ui/ci/markdown.js';
import { isSecret, isTooLong } from '../../ui/ci/run-sections.js';
import { parseJsonText } from '../session/json-text.js';
import type { Driven } from './drive-here.js';
import { findOwn, type Job, type OwnComment } from './job.js';
import type { CiSession } from './open-session.js';
import { planJob, requireCommit } from './plan-job.js';
import { resumeHere, runSections, stageOf, startHere } from './run-job.js';
import { foundPlan, requireState, writeRunState, type KeptState } from './state-file.js';

/** A comment of a member who may say what is done. */
export interface Asked {
  session: CiSession;
  job: Job;
  talk: Conversation;
  event: CommentEvent;
  pull: Pull;
  /** The file of the plan; undefined when it is made from a request. */
  file: string | undefined;
}

/** Does what the comment says. Rejects with why it is not done. */
export async function commentJob(asked: Asked): Promise<number> {
  const { session, job, talk, event, pull, file } = asked;
  const command = commandOf(event);
  if (command.kind === 'plan') {
    if (session.options.find !== true) return planJob(session, { job, talk, pull, file });
    const own = await findOwn(session, { talk, job, pull: pull.number });
    job.found({ commit: pull.commit, state: own?.marker?.state });
    return 0;
  }
  const own = await findOwn(session, { talk, job, pull: pull.number });
  const comment = currentComment(own, pull);
  refuseInStage(command, comment.marker);
  if (session.options.find === true) {
    job.found({ commit: comment.marker.commit, state: comment.marker.state });
    return 0;
  }
  await requireCommit(session, comment.marker.commit);
  const state = await requireState(session, comment.marker.state);
  if (planDigest(state.plan) !== comment.marker.plan) throw changed();
  return act(asked, { comment, command, state });
}

function commandOf({ body }: CommentEvent): CommentCommand {
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
  comment: OwnComment & { marker: Marker };
  command: CommentCommand;
  state: KeptState;
}

async function act(asked: Asked, { comment, command, state }: Acting): Promise<number> {
  const { session, job, talk, event } = asked;
  const { marker } = comment;
  const answers = state.kind === 'run' ? answersOf(command, state.run) : [];
  const doing = `${inlineText(event.body.split('\n')[0] ?? '')} of ${inlineText(event.author)} is being done: [log](${job.logUrl})`;
  await talk.change(comment.id, job.comment(session, [{ text: doing }], { ...marker, stage: 'running' }));
  const driven =
    state.kind === 'plan'
      ? await startHere(session, foundPlan(session, state.plan))
      : await resumeHere(session, state, answers);
  return report(asked, { comment, state, driven });
}

/** The comment says what came of it. Rejects with why nothing did. */
async function report(
  { session, job, talk, pull }: Asked,
  { comment, state, driven }: Omit<Acting, 'command'> & { driven: Driven },
): Promise<number> {
  const { run, error, exitCode } = driven;
  if (run === undefined) {
    await talk.change(comment.id, comment.body);
    throw error ?? new PortiaError('internal', 'A run was neither begun nor refused.');
  }
  const sections = await runSections(
    session,
    { run, error },
    { plan: state.plan, commit: pull.commit, isComment: true },
  );
  const kept = job.stateOf(await writeRunState(session, run.id));
  // What is not shown whole cannot be approved here.
  const stage = isTooLong(run) ? ('ended' as const) : stageOf(run);
  await talk.change(comment.id, job.comment(session, sections, { ...comment.marker, stage, state: kept }));
  job.summarize(sections);
  const questions = openClarifications(run).length;
  job.end({ state: run.state, runId: run.id, exitCode, questions });
  if (error !== undefined) throw error;
  return exitCode;
}

/** What a comment answers. Throws `answer-refused` when it is not clear which question is meant. */
function answersOf(command: CommentCommand, run: Run): GivenAnswer[] {
  const open = openClarifications(run);
  const originOf = (selector: string) => ({ origin: `/portia answer ${selector}`, channel: 'github' as const });
  if (command.kind === 'answer') {
    const { selector, isJson, text } = command;
    if (open.some((question) => isSecret(question) && selects(selector, question))) throw secretRefused(selector);
    const said = isJson ? parseJsonText(text, `The value of ${selector}`) : text.trim();
    if (said === ALWAYS && open.some((question) => asksAboutCall(question) && selects(selector, question))) {
      throw alwaysRefused(selector);
    }
    if (!isJson) return [{ ...originOf(selector), selector, form: 'text', text }];
    return [{ ...originOf(selector), selector, form: 'json', json: said }];
  }
  if (command.kind !== 'approve') return [];
  const [first, ...others] = open.filter(({ category }) => category === 'User Verification');
  if (first !== undefined && others.length === 0) {
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
