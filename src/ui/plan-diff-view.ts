import { assertNever } from '../domain/errors.js';
import type { PlanChange } from '../domain/plan/plan-diff.js';
import type { Plan, PlanInput } from '../domain/plan/plan.js';
import { plainPainter } from './colour.js';
import { changeLines, countLine, diffHead, markedLines, type Mark } from './diff-lines.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { fullBody, layoutStep, measureSteps, type Line } from './step-layout.js';
import { wholeStepLines, type StepLine } from './step-lines.js';
import { withDollar } from './step-notes.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { wrapTo } from './text-width.js';

export interface ComparedPlan {
  plan: Plan;
  /** What a person calls it. */
  name: string;
}

/** What differs between two plans, as a person judges it: step by step, whole where it is new. Ends with a newline. */
export function planDiffView(
  compared: { before: ComparedPlan; after: ComparedPlan; changes: PlanChange[] },
  look: Look,
): string {
  const { before, after, changes } = compared;
  const trees = { before: new StepTree(before.plan), after: new StepTree(after.plan) };
  const lines = changes.flatMap((change) => linesOf(change, trees, look));
  return `${[
    ...diffHead(before.name, after.name, look),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    '',
    countLine(changes, look),
  ].join('\n')}\n`;
}

interface Trees {
  before: StepTree;
  after: StepTree;
}

function linesOf(change: PlanChange, trees: Trees, look: Look): string[] {
  switch (change.part) {
    case 'plan':
      return [...markedLines('~', ['plan'], look), ...changeLines(change.keys, look)];
    case 'input': {
      const name = `takes ${oneLine(withDollar(change.name))}`;
      if (change.change === 'changed') return [...markedLines('~', [name], look), ...changeLines(change.keys, look)];
      return markedLines(markOf(change.change), wrapTo(name + inputText(change.input), look.columns - 2), look);
    }
    case 'step':
      if ('step' in change) return wholeStep(change, trees, look);
      return [...stepHead(trees.after.at(change.path), changeNote(change), look), ...changeLines(change.keys, look)];
    default:
      return assertNever(change);
  }
}

function markOf(change: 'added' | 'removed'): Mark {
  return change === 'added' ? '+' : '-';
}

function inputText({ description, default: standard }: PlanInput): string {
  const given = standard === undefined ? 'required' : `default ${oneLine(JSON.stringify(standard))}`;
  return ` (${given})${description ? `: ${oneLine(description)}` : ''}`;
}

function changeNote(change: { change: 'changed' | 'moved'; path: string; old_path: string }): string {
  return change.change === 'moved' ? `was ${stepNumber(change.old_path)}` : '';
}

/** A step with all that it says, and its blocks. */
function wholeStep(
  { change, path }: { change: 'added' | 'removed'; path: string },
  trees: Trees,
  look: Look,
): string[] {
  const lines = (change === 'added' ? trees.after : trees.before).below(path);
  const plain = { ...look, columns: look.columns - 2, colour: plainPainter };
  const columns = measureSteps(lines, plain);
  const rows = lines.map((line) => rowOf(line, fullBody(line, { width: columns.body, cut: {} }, plain), plain));
  return markedLines(
    markOf(change),
    rows.flatMap((row) => layoutStep(row, columns, plain)),
    look,
  );
}

/** A step by its number, kind and output; what differs stands below. */
function stepHead(line: StepLine | undefined, note: string, look: Look): string[] {
  if (line === undefined) return [];
  const plain = { ...look, columns: look.columns - 2, colour: plainPainter };
  const output = line.output === undefined ? '' : `${look.symbols.to} ${line.output}`;
  const text = [output, note].filter((part) => part !== '').join('  ');
  const columns = measureSteps([line], plain);
  return markedLines('~', layoutStep(rowOf(line, text === '' ? [] : [{ text }], plain), columns, plain), look);
}

function rowOf(line: StepLine, body: Line[], { symbols }: Look) {
  return { depth: line.depth, number: line.number, mark: { text: symbols[line.symbol] }, who: line.who, body };
}

/** The lines of a plan by the paths of their steps. */
class StepTree {
  readonly #lines: StepLine[];
  readonly #places: Map<string, number>;

  constructor(plan: Plan) {
    this.#lines = wholeStepLines(plan);
    this.#places = new Map(this.#lines.map((line, index) => [line.path, index]));
  }

  at(path: string): StepLine | undefined {
    return this.#lines[this.#places.get(path) ?? -1];
  }

  /** The line of a step and those of its blocks, which follow it. */
  below(path: string): StepLine[] {
    const first = this.#places.get(path);
    if (first === undefined) return [];
    let end = first + 1;
    while (this.#lines[end]?.path.startsWith(`${path}.`) === true) end += 1;
    return this.#lines.slice(first, end);
  }
}
