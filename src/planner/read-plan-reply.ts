import type * as z from 'zod';

import type { Problem } from '../domain/errors.js';
import { asText, escapePointer, type Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import type { AgentStep, Step } from '../domain/plan/plan.js';
import { replyProblems, type OfferedToModel, type ReadStep } from './reply-rules.js';
import { spellOut } from './spell-out.js';
import { OldSteps } from './old-steps.js';
import { changedStepSchema, keptStepSchema, planReplySchema, replyStepSchema, type ReplyStep } from './plan-reply.js';

export type PlanReply =
  | { kind: 'steps'; steps: Step[]; warnings: Problem[] }
  /** All that is wrong, at once; pointers go into the reply. */
  | { kind: 'problems'; problems: Problem[] }
  /** The model says that there is no plan, and why. */
  | { kind: 'error'; error: string };

/** Checks what the planning model replied. Pure; trusts nothing of it. */
export function readPlanReply(reply: unknown, offered: OfferedToModel): PlanReply {
  const parsed = planReplySchema.safeParse(reply);
  if (!parsed.success) return { kind: 'problems', problems: shapeProblems(parsed.error, '', 'The reply') };
  if (parsed.data.error !== undefined) return { kind: 'error', error: parsed.data.error };
  return new ReplyReader(parsed.data.steps, offered).read();
}

/** What is wrong with the outer shape of a reply, one sentence each: for a model that did not keep to the format. */
export function replyShapeProblems(reply: unknown, { canKeep = false } = {}): string[] {
  const parsed = planReplySchema.safeParse(reply);
  if (!parsed.success) return shapeProblems(parsed.error, '', 'The reply').map((problem) => problem.message);
  return parsed.data.steps.flatMap((step, index) => {
    const read = (canKeep ? schemaFor(step) : replyStepSchema).safeParse(step);
    return read.success ? [] : shapeProblems(read.error, '', `Step ${index + 1}`).map((problem) => problem.message);
  });
}

function schemaFor(raw: object) {
  if (isKept(raw)) return keptStepSchema;
  return isChanged(raw) ? changedStepSchema : replyStepSchema;
}

function isKept(raw: object): raw is { keep: Json } {
  return 'keep' in raw && raw.keep !== null;
}

function isChanged(raw: object): raw is { change: Json } {
  return 'change' in raw && raw.change !== null;
}

function shapeProblems(error: z.ZodError, pointer: string, what: string): Problem[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String);
    const where = path.length === 0 ? what : `${what}, ${path.join('.')}:`;
    return {
      severity: 'error',
      rule: 'reply-shape',
      message: `${where} ${issue.message}.`,
      pointer: pointer + path.map((key) => `/${escapePointer(key)}`).join(''),
    };
  });
}

class ReplyReader {
  readonly #raw: readonly object[];
  readonly #offered: OfferedToModel;
  readonly #old: OldSteps;
  readonly #toolIds: ReadonlySet<string>;
  readonly #problems: Problem[] = [];

  constructor(raw: readonly object[], offered: OfferedToModel) {
    this.#raw = raw;
    this.#offered = offered;
    this.#old = new OldSteps(offered.oldSteps ?? []);
    this.#toolIds = new Set(offered.toolIds);
  }

  read(): PlanReply {
    const steps = this.#raw.map((raw, index) => this.#readShape(raw, index));
    if (steps.length === 0) {
      this.#error('no-steps', { pointer: '/steps', message: 'The reply has neither steps nor an error.' });
    }
    this.#problems.push(...replyProblems(steps, this.#offered));
    if (this.#problems.some((problem) => problem.severity === 'error')) {
      return { kind: 'problems', problems: this.#problems.filter((problem) => problem.severity === 'error') };
    }
    const known = steps.filter((step) => step !== undefined);
    return { kind: 'steps', steps: known.map((read) => this.#toPlanStep(read)), warnings: this.#problems };
  }

  #readShape(raw: object, index: number): ReadStep | undefined {
    if (this.#old.count > 0 && isKept(raw)) return this.#readKept(raw, index);
    if (this.#old.count > 0 && isChanged(raw)) return this.#readChanged(raw, index);
    const step = this.#readPlanned(raw, index);
    return step && { kind: 'planned', step };
  }

  #readKept(raw: { keep: Json }, index: number): ReadStep | undefined {
    const at = { pointer: `/steps/${index}/keep`, who: `Step ${index + 1} keeps` };
    const read = keptStepSchema.safeParse(raw);
    const number = read.success ? read.data.keep : Number.NaN;
    const step = this.#findOld(number, raw.keep, at);
    if (step === undefined) return undefined;
    const { keep: _keep, ...rest } = raw;
    if (!isEmpty(rest) && !this.#repeats(rest, step)) {
      this.#error('kept-and-changed', {
        pointer: at.pointer,
        message: `${at.who} step ${number} and says something else beside it.`,
        fix: `Reply with {"keep": ${number}} to leave it as it is, or without "keep" to change it.`,
      });
    }
    return { kind: 'kept', step, number };
  }

  #readChanged(raw: { change: Json }, index: number): ReadStep | undefined {
    const pointer = `/steps/${index}`;
    const read = changedStepSchema.safeParse(raw);
    if (!read.success) {
      this.#problems.push(...shapeProblems(read.error, pointer, `Step ${index + 1}`));
      return undefined;
    }
    const { change: number, step } = read.data;
    const at = { pointer: `${pointer}/change`, who: `Step ${index + 1} changes` };
    const old = this.#findOld(number, raw.change, at);
    if (old === undefined) return undefined;
    if (old.kind !== step.kind) {
      this.#error('changed-kind', {
        pointer: `${pointer}/step/kind`,
        message: `${at.who} step ${number} into one of another kind.`,
        fix: `It is of the kind ${old.kind ?? '(none)'}. Write a new step out instead.`,
      });
    }
    return { kind: 'kept', step, number };
  }

  #findOld(number: number, said: Json, { pointer, who }: { pointer: string; who: string }): Step | undefined {
    const step = this.#old.get(number);
    if (step !== undefined) return step;
    this.#error('unknown-step', {
      pointer,
      message: `${who} ${spellOut(asText(said))}, which is not a step so far.`,
      fix: `Steps so far have the numbers 0 to ${this.#old.count - 1}.`,
    });
    return undefined;
  }

  /** Whether a reply that keeps a step only copied it beside that. */
  #repeats(rest: object, step: Step): boolean {
    const read = replyStepSchema.safeParse(rest);
    return read.success && this.#old.restore(this.#toAgentStep(read.data)) === step;
  }

  #readPlanned(raw: object, index: number): ReplyStep | undefined {
    const pointer = `/steps/${index}`;
    const read = replyStepSchema.safeParse(raw);
    if (!read.success) {
      this.#problems.push(...shapeProblems(read.error, pointer, `Step ${index + 1}`));
      return undefined;
    }
    const ignored = Object.entries(raw).filter(
      ([key, value]) => !Object.hasOwn(replyStepSchema.shape, key) && value !== null,
    );
    if (ignored.length > 0) {
      const names = ignored.slice(0, 10).map(([key]) => spellOut(key));
      const message = `Step ${index + 1} had keys that planned steps do not have: ${names.join(', ')}.`;
      this.#problems.push({ severity: 'warning', rule: 'ignored-keys', message, pointer });
    }
    return read.data;
  }

  #toPlanStep(read: ReadStep): Step {
    return read.kind === 'kept' ? read.step : this.#old.restore(this.#toAgentStep(read.step));
  }

  /** The keys of the Python SDK in its order; a condition only where there is one. */
  #toAgentStep(step: ReplyStep): AgentStep {
    const { task, inputs, tool_id: id, output, condition, when, writes } = step;
    return {
      task,
      inputs: withoutRepetition(
        inputs.map(({ name, description }) => ({ name: `$${bareName(name)}`, description: description ?? '' })),
      ),
      tool_id: id ?? (this.#toolIds.has(LLM_TOOL) ? LLM_TOOL : null),
      output: `$${bareName(output)}`,
      ...(condition !== undefined && { condition }),
      ...(when !== undefined && { when }),
      ...(writes !== undefined && { writes }),
    };
  }

  #error(rule: string, at: { pointer: string; message: string; fix?: string | undefined }): void {
    this.#problems.push({ severity: 'error', rule, ...at });
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
