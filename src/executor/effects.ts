import { changedArguments } from '../domain/run/approval-answers.js';
import { isAgreedByThose } from '../domain/run/who-may-answer.js';
import { isWithdrawn, type Clarification, type ClarificationRequest } from '../domain/run/clarification.js';
import { askAgain, isAbout, isAsAnswered } from '../domain/run/asked-digest.js';
import { clarificationSchema } from '../domain/run/clarification-schema.js';
import { isSameAction, openSameAction } from '../domain/run/same-action.js';
import { digestValue } from '../domain/values/digest.js';
import type { JsonObject } from '../domain/values/json.js';
import type { AgentStep, ReactStep } from '../domain/plan/plan.js';
import type { Tool } from '../tools/tool.js';
import { askedOf, endingOf, refuseValue } from './asking-policy.js';
import { closeExpired, expired } from './expiry.js';
import { askForLost } from './lost-secrets.js';
import type { StepContext } from './run-context.js';
import type { Got, StepStop, Wait } from './outcomes.js';
import type { FilledArguments } from './expressions.js';
import { lostUses, type SecretUse } from './secret-places.js';
import type { CallOutcome } from './call-outcome.js';
import { askedAfter, callModel, recordedFailure, type RecordedReply } from './model-call.js';
import type { ModelCall } from './model-question.js';
import { isFinalFailure } from './run-index.js';
import { answersByHook } from './hooked-steps.js';
import { recordDecisions } from './record-answers.js';
import { callTool } from './tool-call.js';
import { waitFor, type WaitEnd } from './waiting.js';

/** What is known of the arguments of a call. */
interface CallDetails extends Partial<Pick<FilledArguments, 'secrets' | 'sources'>> {
  agent?: AgentStep | ReactStep | undefined;
}

const isOpen = ({ resolved }: Clarification) => !resolved;

/** Parts of a step whose effects are numbered apart: its condition, those of its branches, those of its rounds. */
export type EffectPart = 'condition' | `branch${number}` | `round${number}`;

/**
 * The only way out of the executor. Each model call, tool call and question has a key: step path, attempt, number.
 * What is recorded under a key is given back at once; else the intent is recorded and flushed, the act done, the
 * result recorded and flushed.
 */
export class Effects {
  /** The attempt at the step whose effects these are. */
  readonly context: StepContext;
  readonly #prefix: string;
  readonly #identicalCalls = new Map<string, number>();
  #number = 0;

  /**
   * `part`: a part of the step that is not repeated with it has numbers of its own, so that the numbers of the rest
   * stay the same.
   */
  constructor(context: StepContext, part?: EffectPart) {
    this.context = context;
    this.#prefix = [context.path, context.attempt, ...(part === undefined ? [] : [part])].join('/');
  }

  /**
   * One answer of a model. A broken reply is asked for again under a key of its own. Rejects with the model's PortiaError
   * when it could not answer: the call is not finished then, and is made again when the run continues, unless it was
   * paid.
   */
  async callModel(call: ModelCall): Promise<RecordedReply> {
    const { recorder } = this.context;
    let asked = 1;
    let place = 0;
    for (;;) {
      const key = this.#nextKey();
      const { modelFinished: finished, modelFailed: failed } = recorder.index.effect(key);
      if (finished !== undefined) return (await recorder.recall(finished.reply)) as unknown as RecordedReply;
      if (failed !== undefined && isFinalFailure(failed)) throw recordedFailure(failed.error);
      const known = failed && askedAfter(failed);
      // Where no model could be asked, the first one is tried again.
      if (failed !== undefined && known === undefined) place = 0;
      const end = known ?? (await callModel(this.context, call, { key, asked, place }));
      if (end.kind === 'reply') return end.reply;
      if (end.kind === 'again') asked += 1;
      else place += 1;
    }
  }

  /**
   * One tool call with checked arguments: with consent, at most once where that matters. `agent` is the step whose
   * model wrote them; `secrets` are the places of secrets in them; `sources` says where they came from.
   */
  async callTool(
    tool: Tool,
    given: JsonObject,
    { agent, secrets = [], sources }: CallDetails = {},
  ): Promise<CallOutcome> {
    const { recorder } = this.context;
    const key = this.#nextKey();
    const { toolStarted } = recorder.index.effect(key);
    // While a secret is missing the arguments cannot be checked; those in the record are used.
    const isLost = toolStarted !== undefined && lostUses(secrets, this.context.secrets).length > 0;
    const args = isLost ? ((await recorder.recall(toolStarted.args)) as JsonObject) : recorder.redact(given);
    const argsDigest = digestValue(args);
    const same = `${tool.id}\n${argsDigest}`;
    const ordinal = this.#identicalCalls.get(same) ?? 0;
    this.#identicalCalls.set(same, ordinal + 1);
    return callTool(this.context, {
      tool,
      args,
      secrets,
      argsDigest,
      key,
      ordinal,
      agent,
      sources,
      ask: (suffix, requests) => this.#askUnder(`${key}:${suffix}`, requests),
    });
  }

  /** Whether the next call was begun before. */
  get isNextBegun(): boolean {
    return this.context.recorder.index.effect(`${this.#prefix}/${this.#number + 1}`).starts > 0;
  }

  /** Asks for secrets that the next effect needs and that this process does not hold; gives what stops the step, if anything. */
  async askForLost(lost: readonly SecretUse[]): Promise<StepStop | undefined> {
    const key = `${this.#prefix}/${this.#number + 1}`;
    return askForLost(this.context, lost, (suffix, requests) => this.#askUnder(`${key}:${suffix}`, requests));
  }

  /** Waits for what `begin` says when it is first waited for. Gives what came, or what stops the step before that. */
  async wait(begin: () => Promise<Got<Wait>>): Promise<Got<WaitEnd>> {
    return waitFor(this.context, this.#nextKey(), begin);
  }

  /** Questions that are raised together; continues once all are answered. */
  async ask(requests: ClarificationRequest[]): Promise<Got<Clarification[]>> {
    return this.#askUnder(this.#nextKey(), requests);
  }

  async #askUnder(key: string, given: ClarificationRequest[]): Promise<Got<Clarification[]>> {
    const { recorder } = this.context;
    const requests: ClarificationRequest[] = [];
    for (const request of given) {
      const asked = await askedOf(this.context, request);
      if (!asked.ok) return asked;
      requests.push(asked.value);
    }
    const ending = await endingOf(this.context, key);
    if (!ending.ok) return ending;
    const [first] = requests;
    if (first !== undefined && typeof ending.value.on_expiry === 'object') {
      const stop = await refuseValue(this.context, this.#clarification(key, { ...first, ...ending.value }));
      if (stop !== undefined) return { ok: false, stop };
    }
    // From here on nothing is waited for: two steps side by side must not both ask for one action.
    const known = [...recorder.questions.under(key)];
    for (const [index, request] of requests.entries()) {
      const question = requests.length === 1 ? known.at(-1) : known[index];
      // The record may be about something else by now: a yes to that is not a yes to this.
      if (question !== undefined && holdsFor(question, { key, request: recorder.redact(request) })) continue;
      if (requests.length === 1 && this.#join(key, request)) continue;
      // A crash may have come between the first of them and the last.
      const raised = question === undefined ? request : askAgain(question, request);
      const clarification = this.#clarification(key, { ...raised, ...ending.value });
      recorder.append({ type: 'clarification.raised', clarification });
    }
    // A log that somebody wrote may have others under the same key: what was answered to those was not asked here.
    const under = recorder.questions.under(key);
    const raised = requests.length === 1 ? under.slice(-1) : under.slice(0, requests.length);
    const own = raised.filter((question) => isOpen(question) && question.key === key);
    recordDecisions(recorder, await answersByHook(this.context, own));
    await closeExpired(this.context, raised);
    const late = raised.find((question) => question.expired === true);
    if (late !== undefined) return { ok: false, stop: expired(this.context, late) };
    const open = raised.filter(isOpen);
    if (open.length > 0) return { ok: false, stop: { kind: 'suspended', clarifications: open } };
    return { ok: true, value: raised };
  }

  /** Whether another effect asks a person for the same already: this one waits for it, too. */
  #join(key: string, request: ClarificationRequest): boolean {
    const { recorder, path } = this.context;
    const others = recorder.run.outputs.clarifications.filter((question) => question.key !== key);
    const same = openSameAction(others, recorder.redact(request));
    if (same !== undefined) recorder.append({ type: 'clarification.joined', id: same.id, key, path });
    return same !== undefined;
  }

  #clarification(key: string, request: ClarificationRequest): Clarification {
    const { services, recorder, index, path, output } = this.context;
    const { category, user_guidance, source, ...own } = request;
    return clarificationSchema.parse({
      id: services.newId('clar'),
      plan_run_id: recorder.run.id,
      category,
      response: null,
      step: index,
      user_guidance,
      resolved: false,
      source: source ?? null,
      ...(output === undefined ? {} : { output }),
      ...own,
      path,
      key,
    });
  }

  #nextKey(): string {
    this.#number += 1;
    return `${this.#prefix}/${this.#number}`;
  }
}

/** Whether a recorded question, which may be that of another effect, still is what this one asks. */
function holdsFor(question: Clarification, asked: { key: string; request: ClarificationRequest }): boolean {
  if (isWithdrawn(question)) return false;
  // Whoever changes the arguments of a call does not agree for the others: they are asked about what it is then.
  const needed = changedArguments(question) === undefined ? undefined : 1;
  if (question.resolved && !isAgreedByThose(question, needed)) return false;
  if (question.key === asked.key) return isAbout(question, asked.request);
  return isSameAction(question, asked.request) && isAsAnswered(question);
}
