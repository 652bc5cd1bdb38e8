import type { Step } from '../../domain/plan/plan.js';
import { dependencies, flowOfStep, namesIfReadable } from '../../domain/plan/dataflow.js';
import { allSteps, handlerOf, roundBlocks, stepOutput, workBlocks } from '../../domain/plan/plan-steps.js';
import { bareName } from '../../domain/values/names.js';
import { count } from '../brief-value.js';
import { wholeStepLines, type StepLine } from '../step-lines.js';
import { lanesOf, type Lane, type Use } from './lanes.js';
import { sectionsOf, type Section } from './plan-sections.js';
import { stepTitle } from './step-title.js';
import { subTitle } from './sub-title.js';

/** A rectangle in pixels. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A step. The head of a block stands at the top of its ground. */
export interface StepBox extends Rect {
  path: string;
  number: string;
  title: string;
  sub: string;
  /** Name of what it leaves, with `$`. */
  output: string | undefined;
  line: StepLine | undefined;
  /** A person may be asked. */
  asks: boolean;
  /** It changes something outside. */
  acts: boolean;
  isHead: boolean;
}

/** The ground of the steps in a block. */
export interface Ground extends Rect {
  path: string;
}

/** A line in the picture, at one `x`. */
export interface Upright {
  x: number;
  from: number;
  to: number;
}

export interface PlanPicture {
  width: number;
  height: number;
  boxes: StepBox[];
  grounds: Ground[];
  /** From a step to the one after it. */
  links: Upright[];
  /** Around steps that may overlap. */
  brackets: Upright[];
  /** From the last step of a loop back to its first. */
  loops: Upright[];
  /** When a branch is taken. */
  whens: { x: number; y: number; width: number; text: string }[];
  lanes: Lane[];
  /** Blocks whose steps are not drawn. */
  closed: ClosedBlock[];
}

/** A block whose steps have a picture of their own. */
export interface ClosedBlock {
  path: string;
  /** `3.1`. */
  number: string;
  title: string;
  /** What is in it: `12 steps`. */
  inside: string;
}

export interface PictureOptions {
  /** Pixels; the wide picture has room for lanes. */
  width: number;
  laneRoom: number;
  /** Paths of the steps that may ask a person, and of those that act. */
  asks: ReadonlySet<string>;
  acts: ReadonlySet<string>;
  /** Whether a tool only reads: the executor does such steps side by side. */
  isReading: (toolId: string) => boolean;
  /** Draws only this step, with what is in it. */
  inside?: { step: Step; path: string } | undefined;
}

const BOX = 52;
const GAP = 14;
const TIGHT = 6;
const PAD = 14;
/** Between the head of a block and its steps. */
const BELOW_HEAD = 12;
/** Of the line that says when a branch is taken. */
const WHEN = 30;
const LEAST_BRANCH = 180;
const BETWEEN_BRANCHES = 12;
const LOOP_ROOM = 14;
/** Of larger plans only the first two levels are open, and so many steps of a block are drawn. */
const MOST_BOXES = 150;
const OPEN_LEVELS = 2;

/** The picture of a plan: boxes for its steps, blocks nested, what may overlap side by side. Pure. */
export function planPicture(steps: Step[], options: PictureOptions): PlanPicture {
  return new Drawing(steps, options).picture();
}

interface Place {
  x: number;
  y: number;
  width: number;
  depth: number;
}

class Drawing {
  readonly #steps: Step[];
  readonly #options: PictureOptions;
  readonly #lines: Map<string, StepLine>;
  readonly #isLarge: boolean;
  readonly #picture: PlanPicture;
  readonly #uses: Use[] = [];

  constructor(steps: Step[], options: PictureOptions) {
    this.#steps = steps;
    this.#options = options;
    this.#lines = new Map(wholeStepLines({ steps }).map((line) => [line.path, line]));
    const { width, inside } = options;
    this.#isLarge = allSteps(inside === undefined ? steps : [inside.step]).length > MOST_BOXES;
    this.#picture = {
      width,
      height: 0,
      boxes: [],
      grounds: [],
      links: [],
      brackets: [],
      loops: [],
      whens: [],
      lanes: [],
      closed: [],
    };
  }

  picture(): PlanPicture {
    const { width, laneRoom, inside } = this.#options;
    const all = { x: 0, y: 0, width: width - laneRoom, depth: 0 };
    const end = inside === undefined ? this.#sequence(this.#steps, '', all) : this.#step(inside.step, inside.path, all);
    this.#picture.height = end + 1;
    if (laneRoom > 0) this.#picture.lanes = lanesOf(this.#uses, { x: width - laneRoom, room: laneRoom });
    return this.#picture;
  }

  /** Steps below each other. Gives where they end. */
  #sequence(all: readonly Step[], prefix: string, at: Place): number {
    const steps = all.slice(0, MOST_BOXES);
    let y = at.y;
    for (const group of this.#groups(steps)) {
      if (group[0] !== undefined && group[0] > 0) y += GAP;
      y = this.#group(steps, { group, prefix }, { ...at, y });
    }
    if (all.length > steps.length) y = this.#rest(all.length - steps.length, { ...at, y: y + GAP });
    return y;
  }

  #group(steps: readonly Step[], { group, prefix }: { group: readonly number[]; prefix: string }, at: Place): number {
    const isSide = group.length > 1;
    const place = isSide ? { ...at, x: at.x + PAD, width: at.width - PAD } : at;
    const first = group[0] ?? 0;
    if (first > 0) this.#picture.links.push({ x: place.x + 19, from: at.y - GAP, to: at.y });
    let y = at.y;
    for (const index of group) {
      const step = steps[index];
      if (step === undefined) continue;
      if (index !== first) y += TIGHT;
      y = this.#step(step, `${prefix}${index}`, { ...place, y });
    }
    if (isSide) this.#picture.brackets.push({ x: at.x + 2, from: at.y + 1, to: y - 1 });
    return y;
  }

  /** Indexes of steps that stand together: each may be done at the same time as the others of its group. */
  #groups(steps: readonly Step[]): number[][] {
    const groups: number[][] = [];
    let open: number[] = [];
    const close = () => {
      if (open.length > 0) groups.push(open);
      open = [];
    };
    for (const [index, step] of steps.entries()) {
      const flow = flowOfStep(step, this.#options.isReading);
      const isAlone = flow === undefined || handlerOf(step) !== undefined || workBlocks(step).length > 0;
      const before = open.map((other) => flowOfStep(steps[other] ?? step, this.#options.isReading) ?? NO_FLOW);
      const waits = flow === undefined ? [] : (dependencies([...before, flow]).at(-1) ?? []);
      if (isAlone || waits.length > 0) close();
      open.push(index);
      if (isAlone) close();
    }
    close();
    return groups;
  }

  #step(step: Step, path: string, at: Place): number {
    const sections = sectionsOf(step);
    const isClosed = sections.length > 0 && this.#isLarge && at.depth >= OPEN_LEVELS;
    const isBlock = sections.length > 0 && !isClosed;
    const inside = isClosed ? count(allSteps([step]).length - 1, 'step') : undefined;
    this.#box(step, { path, inside, isHead: isBlock }, at);
    if (inside !== undefined) {
      const line = this.#lines.get(path);
      this.#picture.closed.push({ path, number: line?.number ?? '', title: stepTitle(step, line, path), inside });
    }
    if (!isBlock) return at.y + BOX;
    const end = this.#sections(step, sections, { path, at }) + PAD;
    this.#picture.grounds.push({ path, x: at.x, y: at.y, width: at.width, height: end - at.y });
    return end;
  }

  #box(step: Step, { path, inside, isHead }: { path: string; inside: string | undefined; isHead: boolean }, at: Place) {
    const line = this.#lines.get(path);
    const output = stepOutput(step);
    const { asks, acts } = this.#options;
    const box = { x: at.x, y: at.y, width: at.width, height: BOX };
    this.#picture.boxes.push({
      ...box,
      path,
      number: line?.number ?? '',
      title: stepTitle(step, line, path),
      sub: inside ?? subTitle(step, line),
      output: line?.output,
      line,
      asks: asks.has(path),
      acts: acts.has(path),
      isHead,
    });
    const right = at.x + at.width;
    if (output !== undefined) this.#uses.push({ name: bareName(output), kind: 'makes', x: right, y: at.y + 18 });
    for (const name of namesIfReadable(step)) this.#uses.push({ name, kind: 'takes', x: right, y: at.y + 34 });
  }

  #sections(step: Step, sections: readonly Section[], { path, at }: { path: string; at: Place }): number {
    const isLoop = roundBlocks(step).length > 0;
    const inner = { x: at.x + PAD, width: at.width - 2 * PAD, depth: at.depth + 1 };
    const top = at.y + BOX;
    const side = sections.filter(({ isBranch }) => isBranch);
    const width = (inner.width - BETWEEN_BRANCHES * (side.length - 1)) / side.length;
    const isSideBySide = side.length > 1 && width >= LEAST_BRANCH;
    let y = top;
    if (isSideBySide) {
      const ends = side.map((section, index) => {
        const x = inner.x + index * (width + BETWEEN_BRANCHES);
        return this.#section(section, path, { ...inner, x, width, y: top });
      });
      y = Math.max(...ends) + GAP;
    }
    for (const section of isSideBySide ? sections.filter(({ isBranch }) => !isBranch) : sections) {
      const isBody = isLoop && section.label === undefined;
      const own = { ...inner, y, width: inner.width - (isBody ? LOOP_ROOM : 0) };
      y = this.#section(section, path, own) + GAP;
      if (isBody) this.#picture.loops.push({ x: own.x + own.width, from: y - GAP - PAD, to: top + BELOW_HEAD + PAD });
    }
    return y - GAP;
  }

  #section({ label, block }: Section, path: string, at: Place): number {
    if (label !== undefined) {
      this.#picture.whens.push({ x: at.x + 2, y: at.y + WHEN - 8, width: at.width, text: label });
    }
    const top = at.y + (label === undefined ? BELOW_HEAD : WHEN);
    return this.#sequence(block.steps, `${path}${block.path}.`, { ...at, y: top });
  }

  #rest(more: number, at: Place): number {
    this.#picture.boxes.push({
      ...{ x: at.x, y: at.y, width: at.width, height: BOX, path: '', number: '', output: undefined, line: undefined },
      ...{
        title: count(more, 'more step'),
        sub: 'They are in the list below',
        asks: false,
        acts: false,
        isHead: false,
      },
    });
    return at.y + BOX;
  }
}

const NO_FLOW = { takes: [], leaves: [] };
