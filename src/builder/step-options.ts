import type * as z from 'zod';

import type { PlanId } from '../domain/values/ids.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { ExpressionPart, Reference } from './reference.js';

/** A schema of zod 4, or a JSON Schema. */
export type Schema = z.ZodType | JsonSchema;

/** A JSON value with references in it, at any depth. */
export type Value = ExpressionPart;

/** JSONata, as a text or by expr`…`; a reference alone is its value. */
export type Expression = string | Reference;

/** An expression that gives true or false, or a sentence that a model judges. */
export type Condition = Expression | { condition: string };

/** The names that the plan has so far, each as the reference to its value. */
export type References<Names extends string> = { readonly [Name in Names]: Reference };

/** Options, or a function that makes them of the names that the plan has so far. */
export type Given<Names extends string, Options> = Options | ((names: References<Names>) => Options);

/** `$x` and `x` are the same name. */
export type Bare<Name extends string> = Name extends `$${infer Rest}` ? Rest : Name;

/** The name of what a step leaves: its output, else its own name, else its place. */
export type OutputName<Output extends string, Name extends string> = [Output] extends [never]
  ? [Name] extends [never]
    ? `step_${number}`
    : Name
  : Bare<Output>;

/** An input of a step: a name that the plan has, or a reference to one. */
export type StepInput<Names extends string> =
  | Names
  | `$${Names}`
  | Reference
  | { name: Names | `$${Names}` | Reference; description?: string | undefined };

/** A tool by its id, or the tool itself. */
export type ToolChoice = string | { readonly id: string };

interface Named<Name extends string> {
  /** What people read in place of the step's kind. */
  stepName?: Name | undefined;
}

export interface Common<Name extends string> extends Named<Name> {
  /** The step is done only when this is true. */
  when?: Expression | undefined;
  /** The step is done only when a model says so: a sentence. */
  condition?: string | undefined;
  timeoutMs?: number | undefined;
  retries?: number | undefined;
}

export interface Leaving<Output extends string, Name extends string> extends Common<Name> {
  /** The name of what the step leaves. Default: `stepName`, else `step_` and the step's place. */
  output?: Output | undefined;
  /** What it must look like. */
  outputSchema?: Schema | undefined;
}

export interface InputOptions {
  description?: string | undefined;
  /** Without one the value must be given to each run. */
  default?: Json | undefined;
  schema?: Schema | undefined;
}

export interface FinalOutputOptions {
  /** What the run's result must look like; a model is asked when the last step's does not. */
  outputSchema?: Schema | undefined;
  /** Whether a model also writes a summary of the run. Default false. */
  summarize?: boolean | undefined;
}

export interface PlanBuilderOptions {
  /** Default: made from what the plan says, so that the same plan has the same id. */
  id?: PlanId | undefined;
  /** When the plan was made. Default: when it is built. */
  now?: (() => Date) | undefined;
}
