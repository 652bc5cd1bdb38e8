import type { AskingPolicy, Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import { countingName } from '../domain/run/person.js';
import { namesText } from '../domain/run/who-may-answer.js';
import { askingOf } from '../domain/plan/step-kinds/asking.js';
import { fillList, fillText } from './expressions.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import type { StepContext } from './run-context.js';
import { timeAfter } from './steps/time-after.js';

type Named = Pick<AskingPolicy, 'assignees' | 'approvers'>;
type Ending = Pick<AskingPolicy, 'expires_at' | 'on_expiry'>;

/** The request with those whom the plan asks it of, and nobody else: a tool does not decide about that. */
export async function askedOf(context: StepContext, request: ClarificationRequest): Promise<Got<ClarificationRequest>> {
  const named = await namedPeople(context);
  if (!named.ok) return named;
  const { assignees: _names, approvers: _others, expires_at: _time, on_expiry: _then, ...question } = request;
  return { ok: true, value: { ...question, ...named.value } };
}

async function namedPeople(context: StepContext): Promise<Got<Named>> {
  const { assignees, approvers } = (context.step && askingOf(context.step)) ?? {};
  const asked = await namesIn(context, 'assignees', assignees);
  if (!asked.ok) return asked;
  const agreeing = await namesIn(context, 'approvers', approvers?.any_of);
  if (!agreeing.ok) return agreeing;
  const named: Named = asked.value === undefined ? {} : { assignees: asked.value };
  if (approvers === undefined) return { ok: true, value: named };
  const { required = 1, not } = approvers;
  const except = not === undefined ? undefined : starterOf(context);
  if (except?.ok === false) return except;
  const anyOf = agreeing.value;
  const able = anyOf?.filter((name) => except?.value.includes(name) !== true);
  if (able !== undefined && able.length < required) {
    const who = namesText(able, 'and') ?? 'nobody';
    return wrong(context, `${required} people must agree, and only ${who} may.`);
  }
  const agreement = { required, ...(anyOf && { any_of: anyOf }), ...(except && { except: except.value }) };
  return { ok: true, value: { ...named, approvers: agreement } };
}

/** Texts of the plan, each a name or a template that gives one. */
async function namesIn(
  context: StepContext,
  key: string,
  texts: readonly string[] | undefined,
): Promise<Got<string[] | undefined>> {
  if (texts === undefined) return { ok: true, value: undefined };
  const names = new Set<string>();
  for (const text of texts) {
    const filled = await fillText(context, text);
    if (!filled.ok) return filled;
    const name = filled.value.trim();
    if (name === '') return wrong(context, `${JSON.stringify(text)} of ${key} gives no name.`);
    names.add(name);
  }
  return { ok: true, value: [...names] };
}

function starterOf(context: StepContext): Got<string[]> {
  const { started_by: starter } = context.recorder.run;
  if (starter !== undefined) return { ok: true, value: [countingName(starter)] };
  return wrong(context, 'Whoever started the run may not agree, and it is not recorded who that is.');
}

function wrong(context: StepContext, message: string): { ok: false; stop: ReturnType<typeof failed> } {
  return { ok: false, stop: failed(context, { code: 'step-failed', message, retryable: false }) };
}

/** What stops the step when the value that the plan gives is not an answer to the question. */
export async function refuseValue(context: StepContext, question: Clarification): Promise<StepStop | undefined> {
  const { on_expiry: then } = question;
  if (typeof then !== 'object') return undefined;
  const checked = await context.services.checkAnswer(question, then.value);
  return checked.ok ? undefined : wrong(context, `The value of on_expiry is not an answer: ${checked.problem}.`).stop;
}

/** What became of a call, and a secret that is needed again, is asked until a person says it. */
const WITHOUT_END = /:(?:outcome|result|secret):/;

/** Until when a question that is raised now takes an answer, and what happens then. */
export async function endingOf(context: StepContext, key: string): Promise<Got<Ending>> {
  const { expires_in: length, on_expiry: then } = (context.step && askingOf(context.step)) ?? {};
  if (length === undefined || WITHOUT_END.test(key)) return { ok: true, value: {} };
  const until = await timeAfter(context, length);
  if (!until.ok) return until;
  const expires_at = until.value;
  if (Array.isArray(then)) return { ok: true, value: { expires_at, on_expiry: 'steps' } };
  if (typeof then !== 'object' || context.step?.kind !== 'user_input') {
    return { ok: true, value: { expires_at, on_expiry: 'stop' } };
  }
  const filled = await fillList(context, [then.value]);
  return filled.ok ? { ok: true, value: { expires_at, on_expiry: { value: filled.value[0] ?? null } } } : filled;
}
