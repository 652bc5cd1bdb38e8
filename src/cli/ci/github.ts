import { readEvent, type CommentEvent, type PullEvent, type StartEvent } from '../../ci/github/event.js';
import { readWorkflow } from '../../ci/github/workflow.js';
import { PortiaError } from '../../domain/errors.js';
import { plainCommand, portia } from '../../domain/next-step.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { loadPlan } from '../input/references.js';
import { reportError, toPortiaError } from '../output/report-error.js';
import type { Invocation } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { lookBelow, newCommands, newestOf } from './below.js';
import { doCommands, isAnyAllowed } from './do-commands.js';
import { Job } from './job.js';
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
  const { pull: request } = event;
  const session = await openCiSession(invocation, { isFork: request.isFork });
  job.redact = session.speech.redact;
  // A fork's job has neither a key nor a token that can write.
  const talk = job.hasKey && !request.isFork ? job.talk(session.options.bot) : undefined;
  const place = talk && { session, job, talk, pull: request.number };
  const below = place && (await lookBelow(place));
  if (session.options.find === true) {
    job.found({ commit: request.commit, state: below?.own?.marker?.state });
    return EXIT.complete;
  }
  const parts = { job, talk, request, file };
  if (below === undefined || place === undefined) {
    return (await planJob(session, { ...parts, own: undefined, handled: 0 })).exitCode;
  }
  const isAnythingLeft = newCommands(below, place.talk).length > 0;
  const handled = isAnythingLeft ? below.handled : newestOf(below.comments);
  const { own, exitCode } = await planJob(session, { ...parts, own: below.own, handled });
  // They were about the plan before, and their authors are told.
  if (isAnythingLeft) await doCommands({ ...place, request, file }, { ...below, own });
  return exitCode;
}

interface CommentAsked {
  job: Job;
  event: CommentEvent;
  file: string | undefined;
}

async function answerComment(invocation: Invocation<CiOptions>, { job, event, file }: CommentAsked): Promise<number> {
  const talk = job.talk(invocation.options.bot);
  const ignored = event.ignored ?? (talk.isBot(event.author) ? 'The bot itself wrote the comment.' : undefined);
  if (ignored !== undefined) return ignore(invocation, job, ignored);
  const request = await talk.pull(event.number);
  const session = await openCiSession(invocation, { isFork: request.isFork });
  job.redact = session.speech.redact;
  const refused = job.hasKey ? (request.isOpen ? undefined : closed()) : noKey();
  const asked = { session, job, talk, pull: event.number, request, file, refused };
  const below = await lookBelow(asked);
  const commands = newCommands(below, talk, event);
  if (commands.length === 0) return ignore(invocation, job, 'No command is left to be done.');
  if (session.options.find !== true || !(await isAnyAllowed(asked, commands))) return doCommands(asked, below, event);
  job.found({ commit: request.commit, state: below.own?.marker?.state });
  return EXIT.complete;
}

/** Nobody is answered: two programs would talk to each other for ever. */
async function ignore({ io, options }: Invocation<CiOptions>, job: Job, why: string): Promise<number> {
  await io.streams.err.write(`${why} Nothing is done.\n`);
  if (options.find === true) job.found(undefined);
  return job.end({ state: '', exitCode: EXIT.complete });
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
