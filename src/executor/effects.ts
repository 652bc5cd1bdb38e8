import { randomBytes } from 'node:crypto';

import { isWithdrawn, type Clarification, type ClarificationRequest } from '../domain/run/clarification.js';
import { askAgain, isAbout } from '../domain/run/asked-digest.js';
import { clarificationSchema } from '../domain/run/clarification-schema.js';
import { digestValue } from '../domain/values/digest.js';
import { PortiaError, runErrorOf, type RunError } from '../domain/errors.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import type { Json, JsonObject, JsonSchema } from '../domain/values/json.js';
import { MARK_BYTES, marksOf, PLAIN_MARKS, type Marks } from '../domain/values/marks.js';
import type { AgentStep, ReactStep, Usage } from '../domain/plan/plan.js';
import { describeThrown } from '../domain/values/thrown.js';
import { digitsKept, unsafeWholeNumberIn } from '../domain/values/whole-numbers.js';
import type { Model, ModelReply, ModelRequest } from '../models/model.js';
import type { Tool } from '../tools/tool.js';
import { BudgetReached } from './budget.js';
import { askForLost } from './lost-secrets.js';
import type { StepContext } from './run-context.js';
import type { Got, StepStop } from './outcomes.js';
import { startClock } from '../timing/clock.js';
import { interruptionOf, throwIfStopped } from './interruption.js';
import { lostUses, type SecretPlace, type SecretUse } from './secret-places.js';
import { untilAborted } from '../timing/limit.js';
import { cutLong } from './long-texts.js';
import type { CallOutcome } from './call-outcome.js';
import { callTool } from './tool-call.js';

/** A model's reply as it is recorded; `value` is set when a shape was asked for. */
export interface RecordedReply {
  text: string;
  toolCalls: ModelReply['toolCalls'];
  value?: Json;
  /** Of a turn of an agent: others are not sent again. */
  given?: ModelReply['given'];
}

/** One request to a model. */
export interface ModelCall {
  role: ModelRole;
  /** A model named by the step instead of the role's. */
  model?: string | undefined;
  /** Written with marks that are new for each request. */
  request: (marks: Marks) => ModelRequest;
  shape?: { name: string; schema: JsonSchema; validate(value: Json): string[] } | undefined;
}

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
   * One model call. Rejects with the model's PortiaError when it could not answer: the call is not finished then,
   * and is made again when the run continues.
   */
  async callModel(call: ModelCall): Promise<RecordedReply> {
    const key = this.#nextKey();
    const { recorder, path } = this.context;
    const recorded = recorder.index.effect(key).modelFinished;
    if (recorded !== undefined) return (await recorder.recall(recorded.reply)) as unknown as RecordedReply;

    throwIfStopped(this.context);
    const { budget } = this.context;
    const model = await this.context.services.model(call.role, call.model);
    const calls = budget.openCalls(model.id);
    calls.begin();
    let spent: Usage | undefined;
    const beforeRepair = (usage: Usage) => {
      spent = usage;
      calls.begin(usage);
    };
    const plain = call.request(PLAIN_MARKS);
    const request_digest = digestValue(plain);
    await recorder.appendIntent({ type: 'model.started', key, path, role: call.role, model: model.id, request_digest });
    const clock = startClock();
    const { reply, value, keptDigits } = await this.#complete(model, call, beforeRepair).catch(
      async (error: unknown) => {
        calls.settle();
        const stop = interruptionOf(this.context.runSignal);
        if (stop !== undefined) throw stop;
        if (budget.deadline?.aborted) throw budget.deadline.reason;
        const usage = error instanceof PortiaError ? error.details.usage : spent;
        const failure = { error: this.#asRunError(error), ...(usage && { usage }), ms: clock() };
        await recorder.appendDurably({ type: 'model.failed', key, path, ...failure });
        throw error;
      },
    );
    const result = recorder.redact<RecordedReply>({
      text: reply.text,
      toolCalls: reply.toolCalls,
      ...(value !== undefined && { value }),
      ...(plain.tools !== undefined && reply.given !== undefined && { given: reply.given }),
    });
    const ms = clock();
    const stored = await recorder.record(path, result as unknown as Json);
    calls.settle();
    const kept = keptDigits ?? unsafeWholeNumberIn(reply.toolCalls.map((made) => made.arguments).join(' '))?.written;
    if (kept !== undefined) {
      recorder.append({ type: 'warning', path, message: digitsKept(`The reply of ${model.id}`, kept) });
    }
    const thought = this.context.services.settings.recordReasoning ? reply.reasoning : undefined;
    const reasoning = thought === undefined ? {} : { reasoning: cutLong(thought) };
    const finished = { key, path, reply: stored, ...reasoning, usage: reply.usage, ms };
    await recorder.appendDurably({ type: 'model.finished', ...finished });
    return result;
  }

  async #complete(
    model: Model,
    { request: write, shape }: ModelCall,
    beforeRepair: (spent: Usage) => void,
  ): Promise<{ reply: ModelReply; value?: Json; keptDigits?: string | undefined }> {
    const { services, budget, recorder } = this.context;
    const request = recorder.redact(write(marksOf(randomBytes(MARK_BYTES).toString('hex'))));
    const signal =
      budget.deadline === undefined ? this.context.signal : AbortSignal.any([this.context.signal, budget.deadline]);
    if (shape !== undefined) {
      return untilAborted(services.completeStructured(model, request, { ...shape, signal, beforeRepair }), signal);
    }
    return { reply: await untilAborted(model.complete(request, { signal }), signal) };
  }

  #asRunError(error: unknown): RunError {
    const { path, signal, recorder } = this.context;
    if (error instanceof PortiaError) return runErrorOf(error, { step: path, retryable: false });
    const code = error instanceof BudgetReached ? 'budget-reached' : signal.aborted ? 'timed-out' : 'internal';
    return {
      code,
      message: describeThrown(error, (text) => recorder.redact(text)),
      step: path,
      retryable: false,
    };
  }

  /**
   * One tool call with checked arguments: with consent, at most once where that matters. `agent` is the step whose
   * model wrote them; `secrets` are the places of secrets in them.
   */
  async callTool(
    tool: Tool,
    given: JsonObject,
    { agent, secrets = [] }: { agent?: AgentStep | ReactStep | undefined; secrets?: SecretPlace[] } = {},
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

  /** Questions that are raised together; continues once all are answered. */
  async ask(requests: ClarificationRequest[]): Promise<Got<Clarification[]>> {
    return this.#askUnder(this.#nextKey(), requests);
  }

  async #askUnder(key: string, requests: ClarificationRequest[]): Promise<Got<Clarification[]>> {
    const { recorder } = this.context;
    const known = [...recorder.questions.under(key)];
    for (const [index, request] of requests.entries()) {
      const question = known[index];
      // The record may be about something else by now: a yes to that is not a yes to this.
      if (question !== undefined && !isWithdrawn(question) && isAbout(question, recorder.redact(request))) continue;
      // A crash may have come between the first of them and the last.
      const raised = question === undefined ? request : askAgain(question, request);
      recorder.append({ type: 'clarification.raised', clarification: this.#clarification(key, raised) });
    }
    const raised = recorder.questions.under(key);
    const open = raised.filter((clarification) => !clarification.resolved);
    if (open.length > 0) return { ok: false, stop: { kind: 'suspended', clarifications: open } };
    return { ok: true, value: raised };
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
