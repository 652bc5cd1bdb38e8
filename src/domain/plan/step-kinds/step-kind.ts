import type { Json, JsonObject, JsonSchema } from '../../values/json.js';
import type { AgentType } from '../../values/agent-types.js';
import type { Step } from '../plan.js';

/** Steps inside of a step, with their place in the plan's JSON and in step paths. */
export interface StepBlock {
  at: string;
  path: string;
  steps: Step[];
  /** What must hold before they are done, with its place; undefined where nothing of their own decides. */
  guard?: { at: string; when?: string | undefined; condition?: string | null | undefined };
}

/** What is read for the names of values that a step takes. `at` is its place below the step: `/args`. */
export type NameSource =
  | { at: string; names: readonly string[] }
  | { at: string; expression: string }
  /** An expression that gives a list, and may stand inside one template. */
  | { at: string; list: string }
  /** `maySecret`: whether a secret may be used there. */
  | { at: string; templates: JsonObject; maySecret?: boolean };

/** How often something may happen; `most` is Infinity where nothing limits it. */
export interface Bounds {
  least: number;
  most: number;
}

/** What is known of values around a step. */
export interface TypeSources {
  /** Of the expression that a step has, when it has one. */
  expression: JsonSchema | undefined;
  /** Of what the plan leaves that a step runs. */
  plan: JsonSchema | undefined;
  tools: { get(id: string): { outputSchema?(): JsonSchema | undefined } | undefined } | undefined;
}

/** The one question that a step is. */
export interface StepQuestion {
  /** The name under which it is answered. */
  argument: string;
  /** What the answer must fit. */
  schema: JsonSchema | undefined;
}

/**
 * What the rules, views and edits need to know of one kind of step. Every member is required: a new kind says all of it,
 * by itself or by one of the groups below.
 */
export interface StepKind<Of extends Step> {
  /** The keys that steps of this kind can have, beside those of every step. */
  keys: readonly string[];

  /** The step's own blocks, in the written order. */
  blocks(step: Of): StepBlock[];
  /** The step with other steps in its blocks. */
  withBlocks(step: Of, change: (steps: Step[]) => Step[]): Of;
  /** Whether the blocks are done in rounds. What is made in a round is not there after the loop. */
  isLoop: boolean;
  /** Whether its condition decides about each round, and not about the step. */
  decidesRounds: boolean;
  /** The name of the item inside of the blocks, which the key `as` gives. */
  itemName(step: Of): string | undefined;
  /** A JSON Schema that the item fits, where that of the list is known or not. */
  itemType(step: Of, list: JsonSchema | undefined): JsonSchema | undefined;
  /** Whether it leaves `$exhausted`. */
  setsExhausted(step: Of): boolean;
  /** Whether no step behind this one can be reached; `anyEnds` says it of steps in a block. */
  endsRun(step: Of, anyEnds: (steps: Step[]) => boolean): boolean;

  /** What its own work takes: not what its condition takes, nor its blocks. */
  takes(step: Of): NameSource[];
  /** Ids of the tools that the step itself may call. */
  tools(step: Of): string[];
  /** What a step with an output does, in words, made from the step; undefined where only its author can say it. */
  taskText(step: Of): string | undefined;
  /** The schema that its output is made to fit. */
  outputSchema(step: Of): JsonSchema | undefined;
  /**
   * What is done with an output that does not fit it: the step asks its own model for the form (`itself`), a model is
   * asked in one more call (`model`), or the step fails (`fails`), because what does not fit is the plan.
   */
  onMisfit: 'itself' | 'model' | 'fails';
  /** A JSON Schema that the output fits without that one; undefined when nothing says so. */
  valueType(step: Of, sources: TypeSources): JsonSchema | undefined;

  /**
   * Whether it may be done at the same time as others when all its tools only read: it only takes values and leaves its
   * output.
   */
  canOverlap: boolean;
  /**
   * How often the step itself asks a model to do its work, where every reply can be used and every call succeeds.
   * `agent`: how agents work that do not say.
   */
  modelCalls(step: Of, agent?: AgentType): Bounds;
  /** Sentences that a model judges for it, beside its own condition. */
  sentences(step: Of): string[];
  /** Whether a person may be asked something while it is done. */
  mayAsk: boolean;
  /** The note for a person, before the run, that the step itself will ask. */
  asks(step: Of): string | undefined;
  /** For a step that is a question itself. */
  question(step: Of): StepQuestion | undefined;
}

const nothing = (): undefined => undefined;
const never = (): boolean => false;
const none = (): never[] => [];

/** A step that does nothing in rounds. What its blocks leave is there after it. */
export const NO_ROUNDS = {
  isLoop: false,
  decidesRounds: false,
  itemName: nothing,
  itemType: nothing,
  setsExhausted: never,
};

/** A step without steps in it, after which the next one follows. */
export const NO_BLOCKS = {
  ...NO_ROUNDS,
  blocks: none,
  withBlocks: <Of extends Step>(step: Of): Of => step,
  endsRun: never,
  sentences: none,
};

/** A step that never asks a person. */
export const NO_QUESTION = { mayAsk: false, asks: nothing, question: nothing };

/** A step whose own work needs no model. */
export const NO_MODEL = { modelCalls: (): Bounds => ({ least: 0, most: 0 }) };

/** `tool_id`, also where it has no meaning: then the key is reported, and the tool is checked all the same. */
export const TOOL_BY_ID = {
  tools: (step: object): string[] => ('tool_id' in step && typeof step.tool_id === 'string' ? [step.tool_id] : []),
};

export interface WithSchema {
  output_schema?: JsonSchema | undefined;
}

/** An output that is made to fit the author's schema. */
export const FITTED_OUTPUT = {
  outputSchema: ({ output_schema }: WithSchema): JsonSchema | undefined => output_schema,
};

/** Such an output where the plan alone says what it is. */
export const EXACT_OUTPUT = { ...NO_MODEL, ...FITTED_OUTPUT, onMisfit: 'fails' as const };

/** Such an output of others, which a model brings into the form when it does not have it. */
export const SHAPED_OUTPUT = {
  ...FITTED_OUTPUT,
  modelCalls: ({ output_schema }: WithSchema): Bounds => ({ least: 0, most: output_schema === undefined ? 0 : 1 }),
  onMisfit: 'model' as const,
};

/** A step whose output cannot have a schema. */
export const NO_SCHEMA = { outputSchema: nothing, onMisfit: 'fails' as const };

/** A list is given by an expression, or written out with templates in it. */
export function listSource(key: string, list: string | Json[]): NameSource {
  return typeof list === 'string' ? { at: `/${key}`, list } : { at: '', templates: { [key]: list } };
}
