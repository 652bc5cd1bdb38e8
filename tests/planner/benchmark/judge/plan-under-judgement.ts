import type { Plan, StepKindName } from '../../../../src/domain/plan/plan.js';
import { stepOutput, toolsOfStep } from '../../../../src/domain/plan/plan-steps.js';
import { bareName } from '../../../../src/domain/values/names.js';
import type { Expectations, ExpectedCall } from '../expectations.js';
import type { Guard } from './guards.js';
import { placeSteps, type PlacedStep } from './placed-step.js';
import { ownParts, textsIn } from './step-texts.js';
import { ValueSources } from './value-sources.js';

const KINDS_OF_WORDS: Readonly<Record<string, readonly StepKindName[]>> = {
  verify: ['user_verify'],
  ask: ['user_input'],
  question: ['user_verify', 'user_input'],
  llm: ['llm', 'agent'],
  compute: ['compute'],
  exit: ['exit'],
};

/** What is wrong with a step as a call. */
type FitsCall = (call: ExpectedCall, placed: PlacedStep, plan: PlanUnderJudgement) => string[];

/** A plan, taken apart once for all expectations. */
export class PlanUnderJudgement {
  readonly plan: Plan;
  readonly steps: readonly PlacedStep[];
  readonly #sources: ValueSources;
  readonly #calls: readonly ExpectedCall[];
  readonly #fitsCall: FitsCall;

  /** `plan`: as its author wrote it, without keys that are made of others. */
  constructor(plan: Plan, { calls = [] }: Expectations, fitsCall: FitsCall) {
    this.plan = plan;
    this.steps = placeSteps(plan);
    this.#sources = new ValueSources(plan, this.steps);
    this.#calls = calls;
    this.#fitsCall = fitsCall;
  }

  sourcesOf(scope: string, names: readonly string[]): ReadonlySet<string> {
    return this.#sources.of(scope, names);
  }

  /** The steps that a word of the expectations means. */
  find(word: string): PlacedStep[] {
    const call = this.#calls.find(({ id }) => id === word);
    if (call !== undefined)
      return this.calling(call.tool).filter((placed) => this.#fitsCall(call, placed, this).length === 0);
    const kinds = KINDS_OF_WORDS[word];
    if (kinds === undefined) return this.calling(word);
    const works = ({ step }: PlacedStep) => word !== 'llm' || toolsOfStep(step).every((id) => id === 'llm_tool');
    return this.steps.filter((placed) => kinds.includes(placed.kind) && works(placed));
  }

  calling(tool: string): PlacedStep[] {
    return this.steps.filter(({ step }) => toolsOfStep(step).includes(tool));
  }

  /** Whether values from all these places are among them. */
  has(sources: ReadonlySet<string>, source: string): boolean {
    if (!source.startsWith('call:')) return sources.has(source);
    return this.find(source.slice('call:'.length)).some(({ at }) => sources.has(`at:${at}`));
  }

  missing(sources: ReadonlySet<string>, wanted: readonly string[]): string[] {
    return wanted.filter((source) => !this.has(sources, source));
  }

  /** Where the values come from that decide about a step. */
  sourcesOfGuards(guards: readonly Guard[], placed: PlacedStep): ReadonlySet<string> {
    const found = guards.flatMap(({ scope, names }) => [...this.sourcesOf(scope, names)]);
    if (!guards.some(({ isSentence }) => isSentence)) return new Set(found);
    const before = this.steps.filter(({ number }) => number < placed.number);
    const seen = before.flatMap(({ scope, step }) => [...this.sourcesOf(scope, [stepOutput(step) ?? ''])]);
    return new Set([...found, ...seen]);
  }

  /** Whether one of the names is a plan input with this default. */
  isDefault(names: readonly string[], wanted: unknown): boolean {
    const bare = names.map(bareName);
    return this.plan.plan_inputs.some(
      ({ name, default: given }) => bare.includes(bareName(name)) && JSON.stringify(given) === JSON.stringify(wanted),
    );
  }

  /** Whether a text stands in a step that made one of the values, or is the default of one. */
  isMadeWith(names: readonly string[], scope: string, text: string): boolean {
    const bare = names.map(bareName);
    const made = this.steps.filter(
      (placed) => placed.scope === scope && bare.includes(bareName(stepOutput(placed.step) ?? '')),
    );
    return (
      this.isDefault(names, text) ||
      made.some(({ step }) => textsIn(ownParts(step)).some((part) => part.includes(text)))
    );
  }
}
