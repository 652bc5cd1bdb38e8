import type * as z from 'zod';

import type { PlanId } from '../domain/values/ids.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
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

interface Leaving<Output extends string, Name extends string> extends Common<Name> {
  /** The name of what the step leaves. Default: `stepName`, else `step_` and the step's place. */
  output?: Output | undefined;
}

export interface AgentWork<Names extends string, Output extends string, Name extends string> extends Leaving<
  Output,
  Name
> {
  task: string;
  inputs?: readonly StepInput<Names>[] | undefined;
  outputSchema?: Schema | undefined;
  /** `provider/name`. Default: the model of the role. */
  model?: string | undefined;
}

export interface LlmOptions<Names extends string, Output extends string, Name extends string> extends AgentWork<
  Names,
  Output,
  Name
> {
  systemPrompt?: string | undefined;
}

export interface SingleToolAgentOptions<
  Names extends string,
  Output extends string,
  Name extends string,
> extends AgentWork<Names, Output, Name> {
  tool: ToolChoice;
  /** Globs of the files that the agent may make without a question: `reports/*.md`. */
  writes?: readonly string[] | undefined;
}

export interface ReactAgentOptions<Names extends string, Output extends string, Name extends string> extends AgentWork<
  Names,
  Output,
  Name
> {
  tools: readonly ToolChoice[];
  /** Default 25. */
  maxToolCalls?: number | undefined;
  /** Whether the agent may ask a person. Default false. */
  mayAsk?: boolean | undefined;
  /** Globs of the files that the agent may make without a question: `reports/*.md`. */
  writes?: readonly string[] | undefined;
  /** `allow`: its tools may send what it reads without a question. */
  sends?: 'allow' | undefined;
}

export interface InvokeToolOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  tool: ToolChoice;
  args?: { readonly [argument: string]: Value } | undefined;
}

export interface ComputeOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  expression: Expression;
}

export interface UserInputOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  message: string;
  /** What to choose from: a list, or an expression that gives one. */
  options?: Expression | readonly Value[] | undefined;
  /** What the answer must look like. */
  schema?: Schema | undefined;
}

export interface UserVerifyOptions<Output extends string, Name extends string> extends Common<Name> {
  message: string;
  /** The name of the answer. Default: none. */
  output?: Output | undefined;
  /** What a no does: `end` ends the run (default), with `continue` it is the value false. */
  onNo?: 'end' | 'continue' | undefined;
}

export interface ExitOptions<Name extends string> extends Common<Name> {
  message?: string | undefined;
  /** Whether the run fails. Default false: it is complete. */
  error?: boolean | undefined;
}

export interface SubPlanOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  /** The plan itself, or the id of one that is stored. */
  plan: Plan | PlanId;
  /** Values of its inputs, by name. */
  inputs?: { readonly [name: string]: Value } | undefined;
}

/** The condition of a loop says when it ends; a loop over a list may have a condition around it, as any step. */
interface LoopCommon<Output extends string, Name extends string> extends Omit<Common<Name>, 'when' | 'condition'> {
  /** The name of what the loop leaves: with `over` the list of what each item left, else what the last round left. */
  output?: Output | undefined;
  /** An expression that is evaluated at the end of each iteration: the loop leaves the list of its values. */
  collect?: Expression | undefined;
}

export interface OverLoopOptions<Output extends string, Name extends string, Item extends string> extends LoopCommon<
  Output,
  Name
> {
  when?: Expression | undefined;
  condition?: string | undefined;
  /** A list, or an expression that gives one. The steps are done for each of its items. */
  over: Expression | readonly Value[];
  /** The name of the item. Default: `stepName`, else `item`. */
  as?: Item | undefined;
  maxParallel?: number | undefined;
  while?: undefined;
  doWhile?: undefined;
}

/** The names that a loop over a list adds: its item, and what it leaves. */
export type OverLoopNames<Output extends string, Name extends string, Item extends string> =
  | Bare<Output>
  | ([Item] extends [never] ? ([Name] extends [never] ? 'item' : Name) : Bare<Item>);

export type WhileLoopOptions<Output extends string, Name extends string> = LoopCommon<Output, Name> & {
  maxIterations?: number | undefined;
  /** What happens at the limit: `fail` fails the step (default), with `stop` it is done and $exhausted is true. */
  onLimit?: 'fail' | 'stop' | undefined;
  over?: undefined;
  when?: undefined;
  condition?: undefined;
} & (
    | {
        /** The steps are done as long as this is true, looked at before each round. */
        while: Condition;
        doWhile?: undefined;
      }
    | {
        /** The steps are done once, and again as long as this is true. */
        doWhile: Condition;
        while?: undefined;
      }
  );

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
