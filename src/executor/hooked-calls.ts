import { isRefused } from '../domain/run/approval-answers.js';
import type { Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import { isJsonObject, type JsonObject } from '../domain/values/json.js';
import type { HookAbout } from '../hooks/hook-port.js';
import { readReply } from '../hooks/read-reply.js';
import { describeProblems } from '../tools/argument-problems.js';
import type { CallOutcome } from './call-outcome.js';
import { withDefaults } from './call-questions.js';
import type { CallToDecide } from './consent.js';
import { parseWithSecrets } from './call-secrets.js';
import { askHook, hasHook, failureOf, MOST_ROUNDS, replyIn, stepAbout } from './hook-calls.js';
import { failed } from './outcomes.js';
import type { StepContext } from './run-context.js';
import { placesLeft } from './secret-places.js';
import { changedNames, givenByHook } from './value-sources.js';

/** A call as its hook leaves it, or how it ends without being made. */
type Hooked<Call> = { kind: 'call'; call: Call } | { kind: 'end'; outcome: CallOutcome };

/** What the hook `beforeToolCall` makes of a call that was not begun yet. Rejects with `hook-failed`. */
export async function beforeCall<Call extends CallToDecide>(context: StepContext, call: Call): Promise<Hooked<Call>> {
  const answers: Clarification[] = [];
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const key = beforeKey(call, round);
    if (!hasHook(context, { hook: 'beforeToolCall', key })) return { kind: 'call', call };
    const about = { ...callAbout(context, call, call.args), answers };
    const reply = await askHook(context, { hook: 'beforeToolCall', key, path: context.path, about });
    if (reply === undefined) return { kind: 'call', call };
    const { args, ask, refuse, result } = reply;
    if (refuse !== undefined) return { kind: 'end', outcome: refused(call, refuse) };
    if (result !== undefined) return { kind: 'end', outcome: { kind: 'output', value: result, byHook: true } };
    if (args !== undefined) return { kind: 'call', call: await withHookArguments(context, call, { args, ask }) };
    if (typeof ask === 'string') return { kind: 'call', call: { ...call, hookAsks: ask } };
    const asked = await askFor(call, ask ?? [], { hook: 'beforeToolCall', suffix: `hook:before.${round}` });
    if (!asked.ok) return { kind: 'end', outcome: { kind: 'stop', stop: asked.stop } };
    if (asked.value.some(isNo))
      return { kind: 'end', outcome: saidNo(context, `A person said no to ${call.tool.id}.`) };
    answers.push(...asked.value);
  }
  throw failureOf(context, 'beforeToolCall', `asked ${MOST_ROUNDS} times about one call of ${call.tool.id}`);
}

/**
 * The same for a call that was begun before and asked a question itself: what a person answered stays, and what the hook
 * wants to be asked about is asked again.
 */
export async function beforeCallAgain<Call extends CallToDecide>(context: StepContext, call: Call): Promise<Call> {
  let asks: string | undefined;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const known = context.recorder.index.hook(beforeKey(call, round));
    const returned = known === undefined ? undefined : await replyIn(context, known);
    const read = returned === undefined ? undefined : await readReply('beforeToolCall', returned);
    if (read?.ok !== true) break;
    asks = typeof read.reply.ask === 'string' ? read.reply.ask : undefined;
  }
  return asks === undefined ? call : { ...call, hookAsks: asks };
}

const beforeKey = ({ key }: CallToDecide, round: number) => `${key}:before.${round}`;

/** Where they came from is known, and they are checked as all others. */
async function withHookArguments<Call extends CallToDecide>(
  context: StepContext,
  call: Call,
  { args, ask }: { args: JsonObject; ask: unknown },
): Promise<Call> {
  const secrets = placesLeft(args, call.secrets);
  const parsed = await parseWithSecrets(context, call.tool, { args, places: secrets });
  if (!parsed.ok) {
    const problems = describeProblems(parsed.problems);
    throw failureOf(context, 'beforeToolCall', `gave ${call.tool.id} arguments that do not fit: ${problems}`);
  }
  const sources = givenByHook(call.sources, changedNames(call.args, parsed.args));
  // The digest stays that of the call itself: what a hook makes of it is no other call.
  return { ...call, args: parsed.args, secrets, sources, ...(typeof ask === 'string' && { hookAsks: ask }) };
}

function refused({ agent }: CallToDecide, why: string): CallOutcome {
  const message = `refused by the hook beforeToolCall: ${why}`;
  // A model can take another way; a plan would only ask the same again.
  return { kind: 'failure', message, retryable: agent !== undefined, notDone: true, byHook: true };
}

/** What the hook `afterToolCall` makes of the end of a call that was made. Rejects with `hook-failed`. */
export async function afterCall(context: StepContext, call: CallToDecide, ended: CallOutcome): Promise<CallOutcome> {
  if (ended.kind === 'stop' || ended.byHook === true) return ended;
  const answers: Clarification[] = [];
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const key = `${call.key}:after.${round}`;
    if (!hasHook(context, { hook: 'afterToolCall', key })) return ended;
    const about = { ...(await endAbout(context, call, ended)), answers };
    const reply = await askHook(context, { hook: 'afterToolCall', key, path: context.path, about });
    if (reply === undefined) return ended;
    const { result, ask, fail } = reply;
    if (result !== undefined) return { kind: 'output', value: result };
    if (fail !== undefined) return failedAfter(call, fail);
    const asked = await askFor(call, ask ?? [], { hook: 'afterToolCall', suffix: `hook:after.${round}` });
    if (!asked.ok) return { kind: 'stop', stop: asked.stop };
    if (asked.value.some(isNo)) return saidNo(context, `A person said no to what ${call.tool.id} gave.`);
    answers.push(...asked.value);
  }
  throw failureOf(context, 'afterToolCall', `asked ${MOST_ROUNDS} times about one call of ${call.tool.id}`);
}

/** Another attempt at the step takes what is recorded of the call, where a model would make it once more. */
function failedAfter({ agent }: CallToDecide, message: string): CallOutcome {
  return { kind: 'failure', message, why: IS_RECORDED, retryable: true, notDone: agent === undefined };
}

const IS_RECORDED = 'The hook afterToolCall says so. What the call gave is recorded.';

async function askFor(
  call: CallToDecide,
  ask: string | ClarificationRequest | ClarificationRequest[],
  { hook, suffix }: { hook: string; suffix: string },
) {
  const source = `the hook ${hook}`;
  const requests: ClarificationRequest[] =
    typeof ask === 'string' ? [{ category: 'User Verification', user_guidance: ask }] : [ask].flat();
  return call.ask(
    suffix,
    requests.map((request) => withDefaults({ source, ...request }, call)),
  );
}

/** A person who does not agree to what is asked about a call does not want the call. */
function isNo(question: Clarification): boolean {
  const { category } = question;
  return (category === 'User Verification' || category === 'Value Confirmation') && isRefused(question);
}

function saidNo(context: StepContext, message: string): CallOutcome {
  return { kind: 'stop', stop: failed(context, { code: 'declined', message, retryable: false }) };
}

function callAbout(context: StepContext, { tool }: CallToDecide, args: JsonObject): HookAbout {
  const { id, name, effect, sends = false } = tool;
  return { ...stepAbout(context), tool: { id, name, effect, sends }, args };
}

async function endAbout(
  context: StepContext,
  call: CallToDecide,
  ended: Exclude<CallOutcome, { kind: 'stop' }>,
): Promise<HookAbout> {
  const { recorder } = context;
  const { toolStarted } = recorder.index.effect(call.key);
  const made = toolStarted === undefined ? undefined : await recorder.recall(toolStarted.args);
  const about = callAbout(context, call, isJsonObject(made) ? made : call.args);
  if (ended.kind === 'output') return { ...about, result: ended.value };
  const { message, retryable } = ended;
  return { ...about, failure: { message, retryable } };
}
