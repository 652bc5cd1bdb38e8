import type * as z from 'zod';

import type { Problem } from '../domain/errors.js';
import {
  asText,
  escapePointer,
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { oneLine } from '../domain/values/printable.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import type { AgentStep, PlanInput, Step } from '../domain/plan/plan.js';
import { placed, placeOf } from '../domain/plan/step-path.js';
import { MadeNames, mapOwnSteps, mendStep, outputsIn, type RawStep } from './mend-step.js';
import { OldSteps } from './old-steps.js';
import {
  changedStepSchema,
  keptStepSchema,
  planReplySchema,
  replyStepSchema,
  type PlanForm,
  type ReplyStep,
} from './plan-reply.js';

export interface OfferedToModel {
  /** Ids of all tools that were offered. */
  toolIds: readonly string[];
  planInputs: readonly PlanInput[];
  form: PlanForm;
  /** The steps of the plan that is refined: a reply may keep them. */
  oldSteps?: readonly Step[] | undefined;
}

/** What a reply plans, in the words of the plan language, whose rules have still to judge it. */
export interface PlannedDocument {
  plan_inputs: unknown[];
  steps: unknown[];
  output_schema?: JsonSchema;
}

/** Pointers of problems are places in the reply, which are those in the document. */
export type PlanReply =
  /** `problems` are what the rules of the language cannot know. */
  | { kind: 'document'; document: PlannedDocument; problems: Problem[] }
  /** Nothing of it can be judged. */
  | { kind: 'problems'; problems: Problem[] }
  /** The model says that there is no plan, and why. */
  | { kind: 'error'; error: string };

/** Of all steps as JSON, with those in blocks: ten times what a model writes in one reply. */
const MAX_CHARACTERS = 500_000;

/** Reads what the planning model replied. Pure; trusts nothing of it. */
export function readPlanReply(reply: unknown, offered: OfferedToModel): PlanReply {
  const parsed = planReplySchema.safeParse(reply);
  if (!parsed.success) return { kind: 'problems', problems: shapeProblems(parsed.error, '') };
  const { steps, plan_inputs: inputs, output_schema: schema, error } = parsed.data;
  if (error !== undefined) return { kind: 'error', error };
  if (steps.length === 0) {
    const message = 'The reply has neither steps nor an error.';
    return { kind: 'problems', problems: [{ severity: 'error', rule: 'no-steps', message, pointer: '/steps' }] };
  }
  if (JSON.stringify(steps).length > MAX_CHARACTERS) {
    const message = `The steps are longer than ${MAX_CHARACTERS} characters.`;
    return { kind: 'problems', problems: [{ severity: 'error', rule: SHAPE, message, pointer: '/steps' }] };
  }
  const reader = new ReplyReader(offered, steps);
  const document: PlannedDocument = {
    plan_inputs: [...changedInputs(inputs, offered), ...addedInputs(inputs, offered.planInputs)],
    steps: steps.map((raw, index) => reader.read(raw, `/steps/${index}`)),
    ...(schema !== undefined && { output_schema: schema }),
  };
  return { kind: 'document', document, problems: reader.problems };
}

/** What is wrong with the shape of a reply, one sentence each: for a model that did not keep to the form. */
export function replyShapeProblems(reply: unknown, offered: OfferedToModel): string[] {
  const read = readPlanReply(reply, offered);
  if (read.kind === 'error') return [];
  return read.problems.filter(({ rule }) => rule === SHAPE).map(({ pointer, message }) => placed(pointer, message));
}

/** Inputs that a person named stay as they were given; those of a plan that is refined may change. */
function changedInputs(planned: readonly JsonObject[], { planInputs, oldSteps }: OfferedToModel): PlanInput[] {
  if (oldSteps === undefined) return [...planInputs];
  return planInputs.map((input) => {
    const changed = planned.find((one) => inputName(one) === bareName(input.name)) ?? {};
    const said = Object.entries(changed).filter(([key, value]) => key !== 'name' && value !== null);
    return { ...input, ...Object.fromEntries(said) };
  });
}

function addedInputs(planned: readonly JsonObject[], given: readonly PlanInput[]): JsonObject[] {
  const known = new Set(given.map(({ name }) => bareName(name)));
  return planned.flatMap((input) => (known.has(inputName(input)) ? [] : [{ ...input, name: `$${inputName(input)}` }]));
}

function inputName({ name = '' }: JsonObject): string {
  return bareName(asText(name));
}

const SHAPE = 'reply-shape';

function shapeProblems(error: z.ZodError, pointer: string): Problem[] {
  return error.issues.map((issue) => ({
    severity: 'error',
    rule: SHAPE,
    message: `${issue.message}.`,
    pointer: pointer + issue.path.map((key) => `/${escapePointer(String(key))}`).join(''),
  }));
}

class ReplyReader {
  readonly problems: Problem[] = [];
  readonly #form: PlanForm;
  readonly #old: OldSteps;
  readonly #names: MadeNames;
  readonly #thinking: string | null;
  /** The place that stands for this step so far. */
  readonly #kept = new Map<number, string>();

  constructor({ toolIds, planInputs, form, oldSteps = [] }: OfferedToModel, steps: readonly JsonObject[]) {
    this.#form = form;
    this.#old = new OldSteps(oldSteps);
    this.#names = new MadeNames([
      ...planInputs.map(({ name }) => bareName(name)),
      ...outputsIn([...steps, ...oldSteps]),
    ]);
    this.#thinking = toolIds.includes(LLM_TOOL) ? LLM_TOOL : null;
  }

  read(raw: unknown, pointer: string): unknown {
    if (!isJsonObject(raw)) return raw;
    if (this.#old.count > 0 && (raw['keep'] ?? null) !== null) return this.#readKept(raw, pointer);
    if (this.#old.count > 0 && (raw['change'] ?? null) !== null) return this.#readChanged(raw, pointer);
    const mended = mendStep(raw, (toolId) => this.#names.nameFor(toolId));
    this.#checkOutput(mended, `${pointer}/output`);
    const step = mapOwnSteps(mended, pointer, (inner, at) => this.read(inner, at));
    return 'kind' in step ? step : this.#readAgentStep(step, pointer);
  }

  #readAgentStep(raw: RawStep, pointer: string): unknown {
    const read = replyStepSchema.safeParse(raw);
    if (!read.success) {
      this.problems.push(...shapeProblems(read.error, pointer));
      return raw;
    }
    const step = this.#toAgentStep(read.data);
    return this.#form === 'simple' ? this.#old.restore(step) : this.#old.wholeAs(step);
  }

  /** A person may call an output anything; what a model calls it is used in expressions later. */
  #checkOutput({ output }: RawStep, pointer: string): void {
    if (typeof output !== 'string' || /^\$[\p{L}_][\p{L}\p{N}_]*$/u.test(output)) return;
    const message = `${JSON.stringify(output)} is not a name for an output.`;
    const fix = 'Use $ and letters, digits and _, no digit first.';
    this.#error('output-name', { pointer, message, fix });
  }

  #readKept(raw: JsonObject, pointer: string): unknown {
    const read = keptStepSchema.safeParse(raw);
    const number = read.success ? read.data.keep : Number.NaN;
    const step = this.#findOld(number, { said: raw['keep'], pointer, what: 'keeps' });
    if (step === undefined) return {};
    const { keep: _keep, ...rest } = raw;
    if (!isEmpty(rest) && !this.#repeats(rest, step)) {
      this.#error('kept-and-changed', {
        pointer,
        message: `This keeps step ${number} and says something else beside it.`,
        fix: `Reply with {"keep": ${number}} to leave it as it is, or without "keep" to change it.`,
      });
    }
    this.#refuseTwice(number, pointer);
    return step;
  }

  #readChanged(raw: JsonObject, pointer: string): unknown {
    const read = changedStepSchema.safeParse(raw);
    if (!read.success) {
      this.problems.push(...shapeProblems(read.error, pointer));
      return raw;
    }
    const { change: number, step: changed } = read.data;
    const old = this.#findOld(number, { said: raw['change'], pointer, what: 'changes' });
    if (old === undefined) return changed;
    this.#refuseTwice(number, pointer);
    const step = this.read(changed, pointer);
    if (isJsonObject(step) && old.kind !== step['kind']) {
      this.#error('changed-kind', {
        pointer: `${pointer}/step/kind`,
        message: `This changes step ${number} into one of another kind.`,
        fix: `It is of the kind ${old.kind ?? '(none)'}. Write a new step out instead.`,
      });
    }
    return step;
  }

  #findOld(number: number, at: { said: Json | undefined; pointer: string; what: string }): Step | undefined {
    const step = this.#old.get(number);
    if (step !== undefined) return step;
    this.#error('unknown-step', {
      pointer: at.pointer,
      message: `This ${at.what} ${oneLine(asText(at.said ?? null))}, which is not a step so far.`,
      fix: `Steps so far have the numbers 0 to ${this.#old.count - 1}.`,
    });
    return undefined;
  }

  #refuseTwice(number: number, pointer: string): void {
    const first = this.#kept.get(number);
    this.#kept.set(number, pointer);
    if (first === undefined) return;
    const message = `This and ${placeOf(first)} are both step ${number} so far.`;
    this.#error('kept-twice', { pointer, message, fix: 'It can be kept or changed once.' });
  }

  /** Whether a reply that keeps a step only copied it beside that. */
  #repeats(rest: JsonObject, step: Step): boolean {
    const read = replyStepSchema.safeParse(mendStep(rest, () => ''));
    return read.success && this.#old.sameAs(this.#toAgentStep(read.data)) === step;
  }

  /** The keys of the Python SDK in its order; a condition only where there is one. */
  #toAgentStep(read: ReplyStep): AgentStep {
    const { task, inputs, tool_id: id, output, condition, when, writes, ...rest } = read;
    return {
      task,
      inputs: withoutRepetition(inputs.map(({ name, description }) => ({ name, description: description ?? '' }))),
      tool_id: id ?? this.#thinking,
      output,
      ...(condition !== undefined && { condition }),
      ...(when !== undefined && { when }),
      ...(writes !== undefined && { writes }),
      ...rest,
    };
  }

  #error(rule: string, at: { pointer: string; message: string; fix?: string | undefined }): void {
    this.problems.push({ severity: 'error', rule, ...at });
  }
}

/** Nothing but nulls, empty texts and empty lists, as strict endpoints make a model write. */
function isEmpty(record: object): boolean {
  return Object.values(record).every(
    (value) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
  );
}

function withoutRepetition<Item extends { name: string }>(items: Item[]): Item[] {
  return items.filter((item, index) => items.findIndex((other) => other.name === item.name) === index);
}
