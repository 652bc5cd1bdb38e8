import { isApproval, type Clarification } from './clarification.js';
import type { EventOf } from './events.js';
import { insertInOrder } from './loop-records.js';
import { asksForReadiness, providersAsked } from './readiness-questions.js';
import type { Run, StepRecord } from './run.js';
import { isInside, ownPath } from '../plan/step-path.js';
import { cutText } from '../values/cut-text.js';

/** Steps and questions of a run by path and id. */
interface KnownRecords {
  steps: ReadonlyMap<string, StepRecord>;
  questions: Map<string, Clarification>;
}

/** A question was raised, answered, or is no longer open. */
export function applyToQuestions(
  run: Run,
  records: KnownRecords,
  event: EventOf<
    | 'readiness.checked'
    | 'clarification.raised'
    | 'clarification.joined'
    | 'clarification.resolved'
    | 'clarification.expired'
    | 'approval.given'
    | 'tool.changed'
    | 'step.settled'
  >,
): void {
  const { clarifications } = run.outputs;
  if (event.type === 'readiness.checked') return closeReady(run, event);
  if (event.type === 'tool.changed') return closeStale(run, event);
  if (event.type === 'step.settled') return closeSettled(run, event);
  if (event.type === 'clarification.joined') return join(records, event);
  if (event.type === 'clarification.raised') {
    // An answer is an event of its own, which says who gave it.
    const { approvals: _none, expired: _not, ...asked } = structuredClone(event.clarification);
    const question = { ...asked, resolved: false, response: null, raised_at: event.ts };
    insertInOrder(clarifications, question);
    records.questions.set(question.id, question);
    closeReplaced(records, question);
    showWaiting(records, question.path, question);
    return;
  }
  const clarification = records.questions.get(event.id);
  if (clarification === undefined) return;
  if (event.type === 'approval.given') {
    const { by, channel, asked, ts: at } = event;
    const given = { ...(by && { by }), at, channel, ...(asked !== undefined && { asked }) };
    clarification.approvals = [...(clarification.approvals ?? []), given];
    return;
  }
  if (event.type === 'clarification.expired') {
    Object.assign(clarification, { resolved: true, resolved_at: event.ts, channel: 'expiry', expired: true });
    readyWhenAnswered(run);
    return;
  }
  Object.assign(clarification, {
    resolved: true,
    response: event.response,
    resolved_at: event.ts,
    channel: event.channel,
    ...(event.asked !== undefined && { asked: event.asked }),
    ...(event.reason !== undefined && { reason: event.reason }),
    ...(event.by && { answered_by: event.by }),
  });
  readyWhenAnswered(run);
}

function showWaiting({ steps }: KnownRecords, path: string | undefined, { user_guidance: text }: Clarification): void {
  const record = steps.get(ownPath(path ?? ''));
  if (record === undefined) return;
  record.status = 'waiting';
  record.reason = cutText(text, 200);
}

/** Another effect waits for the same. */
function join(records: KnownRecords, { id, key, path }: EventOf<'clarification.joined'>): void {
  const question = records.questions.get(id);
  if (question === undefined) return;
  question.joined = [...(question.joined ?? []), { key, ...(path !== undefined && { path }) }];
  showWaiting(records, path, question);
}

function readyWhenAnswered(run: Run): void {
  if (run.state !== 'NEED_CLARIFICATION') return;
  if (run.outputs.clarifications.every((candidate) => candidate.resolved)) run.state = 'READY_TO_RESUME';
}

/** What tools no longer wait for is done. */
function closeReady(run: Run, { waiting, ts }: EventOf<'readiness.checked'>): void {
  const providers = new Set(waiting.map(({ provider }) => provider));
  for (const question of run.outputs.clarifications) {
    if (question.resolved || !asksForReadiness(question)) continue;
    if (providersAsked(question).some((provider) => providers.has(provider))) continue;
    Object.assign(question, { resolved: true, response: true, resolved_at: ts, channel: 'tool' });
  }
  readyWhenAnswered(run);
}

/** Whether a call of a tool that has changed may be made is asked again, about the tool as it is now. */
function closeStale(run: Run, { tool_id: tool, now, ts }: EventOf<'tool.changed'>): void {
  for (const question of run.outputs.clarifications) {
    if (!isApproval(question) || question.tool_id !== tool || question.resolved) continue;
    const { tool_fingerprint: asked } = question;
    if (asked !== undefined && asked !== now) Object.assign(question, { resolved: true, resolved_at: ts });
  }
  readyWhenAnswered(run);
}

/** What a step asked that a person settled no longer needs an answer; nor what was asked inside it. */
function closeSettled(run: Run, { path, ts }: EventOf<'step.settled'>): void {
  for (const question of run.outputs.clarifications) {
    const asked = ownPath(question.path ?? '');
    if (question.resolved || (asked !== path && !isInside(asked, path))) continue;
    Object.assign(question, { resolved: true, resolved_at: ts });
  }
  readyWhenAnswered(run);
}

/** A question that was asked again in other words no longer needs an answer. */
function closeReplaced({ questions }: KnownRecords, { replaces, raised_at }: Clarification): void {
  const replaced = questions.get(replaces ?? '');
  if (replaced !== undefined && !replaced.resolved) Object.assign(replaced, { resolved: true, resolved_at: raised_at });
}
