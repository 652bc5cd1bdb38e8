import type * as z from 'zod';

import type { Problem } from '../domain/errors.js';
import { escapePointer } from '../domain/json.js';
import { bareName } from '../domain/names.js';
import type { AgentStep, PlanInput } from '../domain/plan.js';
import { closestName, spellOut } from './closest-name.js';
import { planReplySchema, replyStepSchema, type ReplyStep } from './plan-reply.js';

export interface ReplySurroundings {
  /** Ids of all tools that were offered. */
  toolIds: readonly string[];
  planInputs: readonly Pick<PlanInput, 'name'>[];
}

export type PlanReply =
  | { kind: 'steps'; steps: AgentStep[]; warnings: Problem[] }
  /** All that is wrong, at once; pointers go into the reply. */
  | { kind: 'problems'; problems: Problem[] }
  /** The model says that there is no plan, and why. */
  | { kind: 'error'; error: string };

/** Steps whose work is thinking and writing. */
const LLM_TOOL = 'llm_tool';

/** Judges what the planning model replied. Pure; trusts nothing of it. */
export function readPlanReply(reply: unknown, surroundings: ReplySurroundings): PlanReply {
  const parsed = planReplySchema.safeParse(reply);
  if (!parsed.success) return { kind: 'problems', problems: shapeProblems(parsed.error, '', 'The reply') };
  if (parsed.data.error !== undefined) return { kind: 'error', error: parsed.data.error };
  return new ReplyReader(parsed.data.steps, surroundings).read();
}

/** What is wrong with the outer shape of a reply, one sentence each: for a model that did not keep to the format. */
export function replyShapeProblems(reply: unknown): string[] {
  const parsed = planReplySchema.safeParse(reply);
  if (!parsed.success) return shapeProblems(parsed.error, '', 'The reply').map((problem) => problem.message);
  return parsed.data.steps.flatMap((step, index) => {
    const read = replyStepSchema.safeParse(step);
    return read.success ? [] : shapeProblems(read.error, '', `Step ${index + 1}`).map((problem) => problem.message);
  });
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
  readonly #toolIds: ReadonlySet<string>;
  readonly #planInputs: ReadonlySet<string>;
  readonly #problems: Problem[] = [];
  /** First step (1-based) that makes an output of this name, by bare name. */
  readonly #madeIn = new Map<string, number>();

  constructor(raw: readonly object[], surroundings: ReplySurroundings) {
    this.#raw = raw;
    this.#toolIds = new Set(surroundings.toolIds);
    this.#planInputs = new Set(surroundings.planInputs.map((input) => bareName(input.name)));
  }

  read(): PlanReply {
    const steps = this.#raw.map((raw, index) => this.#readShape(raw, index));
    if (steps.length === 0) {
      this.#error('no-steps', { pointer: '/steps', message: 'The reply has neither steps nor an error.' });
    }
    for (const [index, step] of steps.entries()) {
      const name = bareName(step?.output ?? '');
      if (name !== '' && !this.#madeIn.has(name)) this.#madeIn.set(name, index + 1);
    }
    const guarded = new Map<string, number>();
    for (const [index, step] of steps.entries()) {
      if (step !== undefined) this.#checkStep(step, index, guarded);
    }
    if (this.#problems.some((problem) => problem.severity === 'error')) {
      return { kind: 'problems', problems: this.#problems.filter((problem) => problem.severity === 'error') };
    }
    const known = steps.filter((step) => step !== undefined);
    return { kind: 'steps', steps: known.map((step) => this.#toPlanStep(step)), warnings: this.#problems };
  }

  #readShape(raw: object, index: number): ReplyStep | undefined {
    const pointer = `/steps/${index}`;
    const read = replyStepSchema.safeParse(raw);
    if (!read.success) {
      this.#problems.push(...shapeProblems(read.error, pointer, `Step ${index + 1}`));
      return undefined;
    }
    const ignored = Object.keys(raw).filter((key) => !Object.hasOwn(replyStepSchema.shape, key));
    if (ignored.length > 0) {
      const message = `Step ${index + 1} had keys that planned steps do not have: ${ignored.slice(0, 10).map(spellOut).join(', ')}.`;
      this.#problems.push({ severity: 'warning', rule: 'ignored-keys', message, pointer });
    }
    return read.data;
  }

  #checkStep(step: ReplyStep, index: number, guarded: Map<string, number>): void {
    const pointer = `/steps/${index}`;
    const who = `Step ${index + 1}`;
    if (step.task === '') this.#error('no-task', { pointer: `${pointer}/task`, message: `${who} has an empty task.` });
    if (step.condition !== undefined && step.when !== undefined) {
      this.#error('two-conditions', {
        pointer: `${pointer}/when`,
        message: `${who} has both a condition and a when.`,
        fix: 'Keep one of them.',
      });
    }
    this.#checkTool(step, pointer, who);
    for (const [place, input] of step.inputs.entries()) {
      this.#checkInput(input.name, { pointer: `${pointer}/inputs/${place}/name`, who, number: index + 1 });
    }
    this.#checkOutput(step, index, guarded);
  }

  #checkTool({ tool_id: id }: ReplyStep, pointer: string, who: string): void {
    if (id === null || this.#toolIds.has(id)) return;
    const meant = id === LLM_TOOL ? undefined : closestName(id, this.#toolIds);
    const fix =
      meant === undefined ? 'Use the id of a listed tool, or null for thinking and writing.' : `Did you mean ${meant}?`;
    this.#error('unknown-tool', {
      pointer: `${pointer}/tool_id`,
      message: `${who} uses the tool ${spellOut(id)}, which is not listed.`,
      fix,
    });
  }

  #checkInput(name: string, at: { pointer: string; who: string; number: number }): void {
    const bare = bareName(name);
    const madeIn = this.#madeIn.get(bare);
    if (this.#planInputs.has(bare) || (madeIn !== undefined && madeIn < at.number)) return;
    const input = `${at.who} needs ${spellOut(name)}`;
    if (madeIn === at.number) {
      this.#error('unresolved-input', { pointer: at.pointer, message: `${input}, which is its own output.` });
    } else if (madeIn !== undefined) {
      this.#error('unresolved-input', {
        pointer: at.pointer,
        message: `${input}, which only step ${madeIn} makes.`,
        fix: 'Put that step before it.',
      });
    } else {
      const earlier = [...this.#madeIn].filter(([, number]) => number < at.number).map(([made]) => made);
      const meant = closestName(bare, [...earlier, ...this.#planInputs]);
      const none = `${input}, which is neither an output of an earlier step nor a plan input.`;
      const fix =
        'Plan inputs cannot be added: find it out in an earlier step, or reply with an error that says what is missing.';
      this.#error('unresolved-input', {
        pointer: at.pointer,
        message: none,
        fix: meant === undefined ? fix : `Did you mean $${meant}?`,
      });
    }
  }

  #checkOutput(step: ReplyStep, index: number, guarded: Map<string, number>): void {
    const pointer = `/steps/${index}/output`;
    const who = `Step ${index + 1}`;
    const name = bareName(step.output);
    if (name === '') {
      this.#error('no-output', { pointer, message: `${who} has no name for its output.` });
      return;
    }
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
      const fix = 'Use $ and letters, digits and underscores, no digit first.';
      this.#error('output-name', {
        pointer,
        message: `${who} calls its output ${spellOut(step.output)}, which is no name.`,
        fix,
      });
    }
    if (this.#planInputs.has(name)) {
      this.#error('output-is-input', {
        pointer,
        message: `${who} calls its output like the plan input $${name}.`,
        fix: 'Give it another name.',
      });
    }
    const key = JSON.stringify([name, step.when, step.condition]);
    const other = guarded.get(key);
    if (other !== undefined) {
      const message = `${who} and step ${other} both make $${name} under the same condition.`;
      this.#error('duplicate-output', { pointer, message, fix: 'Give one of them another output.' });
    }
    guarded.set(key, index + 1);
  }

  /** The seed's keys in the seed's order; a condition only where there is one. */
  #toPlanStep(step: ReplyStep): AgentStep {
    const { task, inputs, tool_id: id, output, condition, when } = step;
    return {
      task,
      inputs: withoutRepetition(
        inputs.map(({ name, description }) => ({ name: `$${bareName(name)}`, description: description ?? '' })),
      ),
      tool_id: id ?? (this.#toolIds.has(LLM_TOOL) ? LLM_TOOL : null),
      output: `$${bareName(output)}`,
      ...(condition !== undefined && { condition }),
      ...(when !== undefined && { when }),
    };
  }

  #error(rule: string, at: { pointer: string; message: string; fix?: string | undefined }): void {
    this.#problems.push({ severity: 'error', rule, ...at });
  }
}

function withoutRepetition<Item extends { name: string }>(items: Item[]): Item[] {
  return items.filter((item, index) => items.findIndex((other) => other.name === item.name) === index);
}
