import { readCommand } from '../../ci/github/comment-command.js';
import { RIGHTS, type Conversation, type Right } from '../../ci/github/conversation.js';
import { readEvent, type CommentEvent, type PullEvent, type StartEvent } from '../../ci/github/event.js';
import { readWorkflow } from '../../ci/github/workflow.js';
import { PortiaError } from '../../domain/errors.js';
import { plainCommand, portia } from '../../domain/next-step.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { inlineText } from '../../ui/ci/markdown.js';
import { pageOf } from '../../ui/ci/page.js';
import { errorSection } from '../../ui/ci/run-sections.js';
import { loadPlan } from '../input/references.js';
import { reportError, toPortiaError } from '../output/report-error.js';
import type { Invocation } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { commentJob } from './comment-job.js';
import { findOwn, Job } from './job.js';
import { openCiSession, withoutCommands } from './open-session.js';
import type { CiOptions } from './options.js';
import { planJob, requestedPlan } from './plan-job.js';
import { runSections, startHere } from './run-job.js';
import { foundPlan, writeRunState } from './state-file.js';

/** Does what the event of the workflow asks for. Gives the exit code. */
export async function githubJob(invocation: Invocation<CiOptions>, file: string | undefined): Promise<number> {
  const { io, options } = invocation;
  refuseFile(file, options);
  const workflow = readWorkflow(io.environment, io.cwd ?? '/');
  const event = readEvent(workflow.eventName, workflow.eventPath);
  const job = new Job(workflow, { isPublic: event.isPublic, io });
  try {
    if (event.kind === 'comment') return await answerComment(invocation, { job, event, file });
    if (event.kind === 'pull') return await showPull(invocation, { job, event, file });
    if (options.find !== true) return await runPlan(invocation, { job, event, file });
    job.found({ commit: workflow.commit });
    return EXIT.complete;
  } catch (thrown) {
    const error = toPortiaError(thrown, io);
    await job.annotate({ level: 'error', title: 'portia', message: [error.message, error.details.why].join(' ') });
    if (options.find === true) job.found(undefined);
    const speech = { isJson: !io.streams.err.isTerminal, redact: job.redact, spell: plainCommand };
    const exitCode = await reportError(error, { speech, io: { ...io, streams: withoutCommands(io.streams) } });
    job.fail(exitCode);
    return exitCode;
  }
}

function refuseFile(file: string | undefined, { request, find }: CiOptions): void {
  if (find === true || (file === undefined) !== (request === undefined)) return;
  throw new PortiaError('usage', 'Say which plan the workflow is about, by its file or by a request.', {
    why: request === undefined ? 'Neither was given.' : 'Both were given.',
    fix: portia('ci', 'github', 'plan.yaml'),
  });
}

/** A run without a pull request: somebody who may start the workflow approved it. */
async function runPlan(
  invocation: Invocation<CiOptions>,
  { job, event, file }: { job: Job; event: StartEvent; file: string | undefined },
): Promise<number> {
  const session = await openCiSession(invocation, { isFork: false, by: event.author });
  job.redact = session.speech.redact;
  const { request = '' } = session.options;
  const found =
    file === undefined ? foundPlan(session, await requestedPlan(session, request)) : await loadPlan(session, file);
  const { run, error, exitCode } = await startHere(session, found);
  if (run === undefined) throw error ?? new PortiaError('internal', 'A run was neither begun nor refused.');
  const { commit } = job.workflow;
  job.summarize(await runSections(session, { run, error }, { plan: found.plan, commit, isComment: false }));
  await writeRunState(session, run.id);
  job.end({ state: run.state, runId: run.id, exitCode, questions: openClarifications(run).length });
  if (error !== undefined) throw error;
  return exitCode;
}

async function showPull(
  invocation: Invocation<CiOptions>,
  { job, event, file }: { job: Job; event: PullEvent; file: string | undefined },
): Promise<number> {
  const { pull } = event;
  const session = await openCiSession(invocation, { isFork: pull.isFork });
  job.redact = session.speech.redact;
  // A fork's job has neither a key nor a token that can write.
  const talk = job.hasKey && !pull.isFork ? job.talk(session.options.bot) : undefined;
  if (session.options.find !== true) return planJob(session, { job, talk, pull, file });
  const own = talk === undefined ? undefined : await findOwn(session, { talk, job, pull: pull.number });
  job.found({ commit: pull.commit, state: own?.marker?.state });
  return EXIT.complete;
}

interface CommentAsked {
  job: Job;
  event: CommentEvent;
  file: string | undefined;
}

async function answerComment(invocation: Invocation<CiOptions>, { job, event, file }: CommentAsked): Promise<number> {
  const talk = job.talk(invocation.options.bot);
  const ignored = event.ignored ?? (talk.isBot(event.author) ? 'The bot itself wrote the comment.' : undefined);
  if (ignored !== undefined || !isCommand(event)) return ignore(invocation, job, ignored);
  try {
    if (!job.hasKey) throw noKey();
    await requireRight(talk, event.author, rightOf(invocation.options));
    const pull = await talk.pull(event.number);
    if (!pull.isOpen) throw closed();
    const session = await openCiSession(invocation, { isFork: pull.isFork, by: event.author });
    job.redact = session.speech.redact;
    return await commentJob({ session, job, talk, event, pull, file });
  } catch (thrown) {
    if (thrown instanceof PortiaError) await reply(invocation, { job, talk, event, error: thrown });
    throw thrown;
  }
}

/** Whether it begins as a command does, also as a wrong one. */
function isCommand({ body }: CommentEvent): boolean {
  try {
    return readCommand(body) !== undefined;
  } catch (error) {
    if (error instanceof PortiaError) return true;
    throw error;
  }
}

/** Nobody is answered: two programs would talk to each other for ever. */
async function ignore({ io, options }: Invocation<CiOptions>, job: Job, why: string | undefined): Promise<number> {
  await io.streams.err.write(`${why ?? 'The comment is not a command.'} Nothing is done.\n`);
  if (options.find === true) job.found(undefined);
  return job.end({ state: '', exitCode: EXIT.complete });
}

function rightOf({ permission }: CiOptions): Right {
  const right = RIGHTS.find((known) => known === (permission ?? 'write'));
  if (right !== undefined) return right;
  throw new PortiaError('usage', `--permission ${permission} is not known.`, {
    why: `It is one of ${RIGHTS.join(', ')}.`,
    fix: '--permission write',
  });
}

async function requireRight(talk: Conversation, author: string, right: Right): Promise<void> {
  if (await talk.has(author, right)) return;
  throw new PortiaError('stale', 'Nothing was done: only members may say what portia does.', {
    why: `The author of the comment does not have the right ${right} in this repository.`,
    fix: 'Ask a member to write the comment.',
  });
}

function closed(): PortiaError {
  return new PortiaError('stale', 'The pull request is closed.', {
    why: 'Its plan is void.',
    fix: 'Open it again, then: /portia plan',
  });
}

function noKey(): PortiaError {
  return new PortiaError('invalid-settings', 'The job has no key, so its comments could not be believed.', {
    why: 'PORTIA_SIGNING_KEY is not set.',
    fix: 'openssl genpkey -algorithm ed25519   # keep it as the secret PORTIA_SIGNING_KEY of the repository',
  });
}

/** Says below the pull request why a command was not done. */
async function reply(
  { io }: Invocation<CiOptions>,
  { job, talk, event, error }: { job: Job; talk: Conversation; event: CommentEvent; error: PortiaError },
): Promise<void> {
  const text = pageOf([{ text: `To ${inlineText(event.author)}:` }, errorSection(error)], 10_000);
  try {
    await talk.write(event.number, job.redact(text));
  } catch (failed) {
    // What was wrong with the command matters more than that nobody could be told.
    await io.streams.err.write(`The reply was not written: ${toPortiaError(failed, io).message}\n`);
  }
}
