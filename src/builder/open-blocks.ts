import type { Problem } from '../domain/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';

/** A block that was begun, and where its steps go. */
interface OpenBlock {
  /** The method that began it, and the one that closes it. */
  begun: string;
  closing: string;
  /** Its place in the plan's JSON. */
  pointer: string;
  step: JsonObject;
  branches: Json[];
  hasElse: boolean;
  steps: Json[];
  /** Place of these steps. */
  at: string;
}

/** The steps of a plan while it is written, with the blocks that are not closed. What does not fit is reported and left out. */
export class OpenBlocks {
  readonly steps: JsonObject[] = [];
  readonly #open: OpenBlock[] = [];
  readonly #report: (problem: Problem) => void;

  constructor(report: (problem: Problem) => void) {
    this.#report = report;
  }

  /** Where the next step goes. */
  get pointer(): string {
    const innermost = this.#open.at(-1);
    return `${innermost?.at ?? '/steps'}/${(innermost?.steps ?? this.steps).length}`;
  }

  add(step: JsonObject): void {
    const steps = this.#open.at(-1)?.steps ?? this.steps;
    const isTwin = (other: Json) => isJsonObject(other) && other['name'] === step['name'];
    // Two steps with one output are judged by the rules of the plan: under different conditions that is fine.
    const isOther = (other: Json) => isJsonObject(other) && other['output'] !== step['output'];
    if (step['name'] !== undefined && steps.some((other) => isTwin(other) && isOther(other))) {
      this.#report({
        severity: 'error',
        rule: 'duplicate-name',
        message: `Another step here is called ${JSON.stringify(step['name'])}, too.`,
        pointer: `${this.pointer}/name`,
        fix: 'Give one of them another stepName.',
      });
    }
    steps.push(step);
  }

  beginIf(step: JsonObject, condition: JsonObject): void {
    const branches: Json[] = [];
    step['branches'] = branches;
    const block = this.#begin(step, { begun: 'if_', closing: 'endif', branches });
    beginBranch(block, condition);
  }

  /** Begins a step with one block, `steps`, by the method `begun`; the method `closing` ends it. */
  begin(step: JsonObject, methods: Pick<OpenBlock, 'begun' | 'closing'>): void {
    step['steps'] = this.#begin(step, { ...methods, branches: [] }).steps;
  }

  /** Begins what is done instead of the step before: when it fails, or when nobody answers in time. */
  beginInstead(key: 'on_error' | 'on_expiry', methods: Pick<OpenBlock, 'begun' | 'closing'>): void {
    const around = this.#open.at(-1);
    const steps = around?.steps ?? this.steps;
    const step = steps.at(-1);
    if (!isJsonObject(step)) {
      this.#misplaced(
        this.pointer,
        `${methods.begun}() has no step before it.`,
        'Put it behind the step that it is for.',
      );
      return;
    }
    if (step[key] !== undefined) {
      this.#misplaced(this.pointer, `The step before has an ${key} already.`, 'Keep one of them.');
    }
    const pointer = `${around?.at ?? '/steps'}/${steps.length - 1}`;
    const handler: Json[] = [];
    step[key] = handler;
    this.#open.push({
      ...methods,
      pointer,
      step,
      branches: [],
      hasElse: false,
      steps: handler,
      at: `${pointer}/${key}`,
    });
  }

  #begin(step: JsonObject, own: Pick<OpenBlock, 'begun' | 'closing' | 'branches'>): OpenBlock {
    const { pointer } = this;
    this.add(step);
    const block = { ...own, pointer, step, hasElse: false, steps: [], at: `${pointer}/steps` };
    this.#open.push(block);
    return block;
  }

  /** Where the condition of the next branch goes; undefined when there is no block for it. */
  branchPointer(call: string): string | undefined {
    const block = this.#innermost(call, 'if_');
    return block && `${block.pointer}/branches/${block.branches.length}`;
  }

  elseIf(condition: JsonObject): void {
    const block = this.#open.at(-1);
    if (block === undefined) return;
    if (block.hasElse) {
      this.#misplaced(block.pointer, 'elseIf() comes after else_().', 'Put else_() last: it covers every other case.');
    }
    beginBranch(block, condition);
  }

  otherwise(): void {
    const block = this.#innermost('else_', 'if_');
    if (block === undefined) return;
    if (block.hasElse) {
      this.#misplaced(block.pointer, 'This if_() has two else_().', 'Close the first if_() with endif().');
    }
    block.steps = (block.step['else'] as Json[] | undefined) ?? [];
    block.step['else'] = block.steps;
    block.at = `${block.pointer}/else`;
    block.hasElse = true;
  }

  /** Ends the block that the method `begun` has begun. */
  end(closing: string, begun: string): void {
    if (this.#innermost(closing, begun) !== undefined) this.#open.pop();
  }

  /** Problems of the blocks that nobody closed, the outermost first. */
  unclosed(): Problem[] {
    return this.#open.map(({ begun, closing, pointer }) => ({
      severity: 'error',
      rule: 'unclosed-block',
      message: `The ${begun}() that begins here is never closed.`,
      pointer,
      fix: `Close it with ${closing}().`,
    }));
  }

  /** The innermost block when it was begun so; reports the call otherwise. */
  #innermost(call: string, begun: string): OpenBlock | undefined {
    const block = this.#open.at(-1);
    if (block?.begun === begun) return block;
    const message = `${call}() is outside of ${/^[aeiou]/.test(begun) ? 'an' : 'a'} ${begun}().`;
    const fix =
      block === undefined
        ? `Begin one with ${begun}() before it, or remove it.`
        : `Close the ${block.begun}() at ${block.pointer} first.`;
    this.#misplaced(this.pointer, message, fix);
    return undefined;
  }

  #misplaced(pointer: string, message: string, fix: string): void {
    this.#report({ severity: 'error', rule: 'misplaced', message, pointer, fix });
  }
}

function beginBranch(block: OpenBlock, condition: JsonObject): void {
  const steps: Json[] = [];
  block.at = `${block.pointer}/branches/${block.branches.length}/steps`;
  block.branches.push({ ...condition, steps });
  block.steps = steps;
}
