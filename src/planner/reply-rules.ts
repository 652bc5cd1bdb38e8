import type { Problem } from '../domain/errors.js';
import { bareName } from '../domain/values/names.js';
import { nearestName } from '../domain/values/nearest-name.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import { stepOutput } from '../domain/plan/plan-steps.js';
import type { PlanInput, Step } from '../domain/plan/plan.js';
import { namesLeft } from './old-steps.js';
import type { ReplyStep } from './plan-reply.js';
import { spellOut } from './spell-out.js';

export interface OfferedToModel {
  /** Ids of all tools that were offered. */
  toolIds: readonly string[];
  planInputs: readonly Pick<PlanInput, 'name'>[];
  /** The steps of the plan that is refined: a reply may keep them. */
  oldSteps?: readonly Step[] | undefined;
}

/** A step of a reply: one that it plans, or one that was there, by its number from 0, as it is or changed. */
export type ReadStep = { kind: 'planned'; step: ReplyStep } | { kind: 'kept'; step: Step; number: number };

/**
 * What is wrong with the steps of a reply beside their shape, in words for the model that wrote it; undefined stands for
 * a step that could not be read. The rules of the plan language come after these.
 */
export function replyProblems(steps: readonly (ReadStep | undefined)[], offered: OfferedToModel): Problem[] {
  return new ReplyRules(steps, offered).check();
}

class ReplyRules {
  readonly #steps: readonly (ReadStep | undefined)[];
  readonly #toolIds: ReadonlySet<string>;
  readonly #planInputs: ReadonlySet<string>;
  readonly #problems: Problem[] = [];
  /** First step (1-based) that makes an output of this name, by bare name. */
  readonly #madeIn = new Map<string, number>();
  /** The step (1-based) that makes this output under this condition. */
  readonly #guarded = new Map<string, number>();
  /** The step (1-based) that stands for this step so far. */
  readonly #kept = new Map<number, number>();

  constructor(steps: readonly (ReadStep | undefined)[], offered: OfferedToModel) {
    this.#steps = steps;
    this.#toolIds = new Set(offered.toolIds);
    this.#planInputs = new Set(offered.planInputs.map((input) => bareName(input.name)));
    for (const [index, read] of steps.entries()) {
      for (const name of read === undefined ? [] : namesMade(read)) {
        if (name !== '' && !this.#madeIn.has(name)) this.#madeIn.set(name, index + 1);
      }
    }
  }

  check(): Problem[] {
    for (const [index, read] of this.#steps.entries()) {
      if (read?.kind === 'planned') this.#checkStep(read.step, index);
      else if (read?.kind === 'kept') this.#checkKept(read, index);
    }
    return this.#problems;
  }

  /** What it needs is judged by the rules of the plan language, which know every kind of step. */
  #checkKept({ step, number }: Extract<ReadStep, { kind: 'kept' }>, index: number): void {
    const pointer = `/steps/${index}/keep`;
    const first = this.#kept.get(number);
    if (first !== undefined) {
      const message = `Step ${index + 1} and step ${first} are both step ${number} so far.`;
      this.#error('kept-twice', { pointer, message, fix: 'It can be kept or changed once.' });
    }
    this.#kept.set(number, index + 1);
    const output = stepOutput(step);
    if (first !== undefined || output === undefined) return;
    const guards = { when: step.when, condition: step.condition || undefined };
    this.#checkDuplicate({ name: bareName(output), ...guards }, { pointer, number: index + 1 });
  }

  #checkStep(step: ReplyStep, index: number): void {
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
    this.#checkOutput(step, index);
  }

  #checkTool({ tool_id: id }: ReplyStep, pointer: string, who: string): void {
    if (id === null || this.#toolIds.has(id)) return;
    const meant = id === LLM_TOOL ? undefined : nearestName(id, this.#toolIds);
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
      const meant = nearestName(bare, [...earlier, ...this.#planInputs]);
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

  #checkOutput(step: ReplyStep, index: number): void {
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
        message: `${who} calls its output ${spellOut(step.output)}, which is not a name.`,
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
    this.#checkDuplicate({ ...step, name }, { pointer, number: index + 1 });
  }

  #checkDuplicate(
    made: { name: string; when?: string | undefined; condition?: string | undefined },
    at: { pointer: string; number: number },
  ): void {
    const key = JSON.stringify([made.name, made.when, made.condition]);
    const other = this.#guarded.get(key);
    if (other !== undefined) {
      const message = `Step ${at.number} and step ${other} both make $${made.name} under the same condition.`;
      this.#error('duplicate-output', { pointer: at.pointer, message, fix: 'Give one of them another output.' });
    }
    this.#guarded.set(key, at.number);
  }

  #error(rule: string, at: { pointer: string; message: string; fix?: string | undefined }): void {
    this.#problems.push({ severity: 'error', rule, ...at });
  }
}

function namesMade(read: ReadStep): string[] {
  return read.kind === 'kept' ? namesLeft(read.step) : [bareName(read.step.output)];
}
