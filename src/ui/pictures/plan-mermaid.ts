import { handlerOf, workBlocks } from '../../domain/plan/plan-steps.js';
import type { Plan, Step } from '../../domain/plan/plan.js';
import type { StepBlock } from '../../domain/plan/step-kinds/step-kind.js';
import { oneLine } from '../../domain/values/printable.js';
import { stepLines, type StepLine } from '../step-lines.js';

/** Characters of a text in a box or on an arrow. */
const MOST_CHARACTERS = 60;

/** Where the way continues: from a box, with what stands on the arrow. */
interface Exit {
  from: string;
  label?: string;
}

/**
 * The plan as a flow chart in Mermaid: a box for each step, arrows for what follows. Blocks have a frame. Ends with a
 * newline. No text of the plan can be more than a label.
 */
export function planMermaid(plan: Pick<Plan, 'steps'>): string {
  const chart = new Chart(plan.steps);
  return `${['flowchart TD', ...chart.lines().map((line) => `  ${line}`)].join('\n')}\n`;
}

class Chart {
  readonly #steps: Step[];
  /** By the path of the step. */
  readonly #texts: ReadonlyMap<string, StepLine>;
  readonly #lines: string[] = [];

  constructor(steps: Step[]) {
    this.#steps = steps;
    this.#texts = new Map(stepLines(steps).map((line) => [line.path, line]));
  }

  lines(): string[] {
    this.#draw(this.#steps, '', []);
    return this.#lines;
  }

  /** Draws steps one after the other, reached from `exits`. Gives where the way continues. */
  #draw(steps: Step[], prefix: string, exits: Exit[]): Exit[] {
    let open = exits;
    for (const [index, step] of steps.entries()) open = this.#step(step, `${prefix}${index}`, open);
    return open;
  }

  #step(step: Step, path: string, exits: Exit[]): Exit[] {
    const box = boxOf(path);
    const blocks = workBlocks(step);
    const [before, after] = bracketsOf(step, blocks);
    this.#lines.push(`${box}${before}"${this.#textOf(path)}"${after}`);
    for (const exit of exits) this.#lines.push(arrow(exit, box));
    const next = step.kind === 'if' ? this.#branches(blocks, path) : this.#body(step, blocks, path);
    const handler = handlerOf(step);
    if (handler === undefined) return next;
    return [...next, ...this.#draw(handler.steps, `${path}${handler.path}.`, [{ from: box, label: 'on error' }])];
  }

  #textOf(path: string): string {
    const line = this.#texts.get(path);
    if (line === undefined) return '';
    const output = line.output === undefined ? '' : ` → ${line.output}`;
    return label(`${line.number} ${line.who}: ${line.text}`.replace(/: $/, ''), output);
  }

  #branches(blocks: StepBlock[], path: string): Exit[] {
    const from = boxOf(path);
    const hasElse = blocks.some(({ guard }) => guard === undefined);
    const ends = blocks.flatMap((block) =>
      this.#draw(block.steps, `${path}${block.path}.`, [{ from, label: guardOf(block) }]),
    );
    return hasElse ? ends : [...ends, { from, label: 'else' }];
  }

  /** The steps in a loop lead back to it. */
  #body(step: Step, blocks: StepBlock[], path: string): Exit[] {
    const from = boxOf(path);
    if (step.kind === 'exit') return [];
    for (const block of blocks) {
      this.#lines.push(`subgraph ${from}_in [" "]`);
      const ends = this.#draw(block.steps, `${path}${block.path}.`, [{ from, label: 'each round' }]);
      this.#lines.push('end', ...ends.map((end) => arrow({ ...end, label: end.label ?? 'next' }, from)));
    }
    return [{ from }];
  }
}

function boxOf(path: string): string {
  return `s${path.replaceAll(/[^\da-z]/gi, '_')}`;
}

/** A question is a slanted box, a choice a rhombus, a block a box with a double edge. */
function bracketsOf(step: Step, blocks: StepBlock[]): readonly [string, string] {
  if (step.kind === 'if') return ['{', '}'];
  if (step.kind === 'user_input' || step.kind === 'user_verify') return ['[/', '/]'];
  if (step.kind === 'exit') return ['([', '])'];
  return blocks.length > 0 || step.kind === 'plan' ? ['[[', ']]'] : ['[', ']'];
}

function guardOf({ guard }: StepBlock): string {
  return guard === undefined ? 'else' : (guard.when ?? guard.condition ?? '');
}

function arrow({ from, label: text }: Exit, to: string): string {
  return text === undefined || text === '' ? `${from} --> ${to}` : `${from} -->|"${label(text)}"| ${to}`;
}

/** The text, cut, and what stands behind it; every character that could mean something to Mermaid is a number. */
function label(text: string, behind = ''): string {
  const line = oneLine(text);
  const cut = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1).trimEnd()}…` : line;
  return `${cut}${behind}`.replaceAll(/[!-/:-@[-`{-~]/g, (character) => `#${character.codePointAt(0)};`);
}
