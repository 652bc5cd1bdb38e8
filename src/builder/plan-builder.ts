import type { Problem } from '../domain/errors.js';
import type { JsonObject } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { checkPlan } from '../domain/plan-check/plan-rules.js';
import { allSteps, stepOutput } from '../domain/plan/plan-steps.js';
import { kindOf } from '../domain/plan/step-kinds/step-kinds.js';
import type { Plan, StepKindName } from '../domain/plan/plan.js';
import type { Draft } from './draft.js';
import { finishPlan } from './finish-plan.js';
import { OpenBlocks } from './open-blocks.js';
import { defaultOutput, Reference } from './reference.js';
import type * as options from './step-options.js';
import { compact, StepWriter } from './step-writer.js';
import { agent, type SingleToolAgentOptions } from './steps/agent.js';
import { compute, type ComputeOptions } from './steps/compute.js';
import { exit, type ExitOptions } from './steps/exit.js';
import { choice } from './steps/if.js';
import { llm, type LlmOptions } from './steps/llm.js';
import {
  loop,
  type AnyLoopOptions,
  type OverLoopNames,
  type OverLoopOptions,
  type WhileLoopOptions,
} from './steps/loop.js';
import { subPlan, type SubPlanOptions } from './steps/plan.js';
import { react, type ReactAgentOptions } from './steps/react.js';
import { tool, type InvokeToolOptions } from './steps/tool.js';
import { userInput, type UserInputOptions } from './steps/user-input.js';
import { waitFor, type WaitForOptions } from './steps/wait-for.js';
import { wait, type WaitOptions } from './steps/wait.js';
import { userVerify, type UserVerifyOptions } from './steps/user-verify.js';

/** The function that writes a step of each kind. One writes all loops: the options say which is meant. */
const DRAFTS = {
  agent,
  tool,
  llm,
  react,
  compute,
  user_input: userInput,
  user_verify: userVerify,
  wait,
  wait_for: waitFor,
  exit,
  plan: subPlan,
  if: choice,
  for_each: loop,
  while: loop,
  do_while: loop,
} satisfies Record<StepKindName, (options: never, draft: Draft) => JsonObject>;

const DEFAULT_QUERY = 'Run the plan built with the Plan Builder';

/**
 * Writes a plan in TypeScript. Every method returns the builder, which knows the names of the plan so far: a step that
 * is given by a function gets them as references, and a name that does not exist is an error of the compiler. With
 * `new PlanBuilder<string>()` any name may be written. Nothing is thrown before `build`.
 */
export class PlanBuilder<Names extends string = never> {
  readonly #query: string;
  readonly #options: options.PlanBuilderOptions;
  readonly #problems: Problem[] = [];
  readonly #blocks = new OpenBlocks((problem) => this.#problems.push(problem));
  readonly #inputs: JsonObject[] = [];
  /** Names in sentences, which the rules of a plan do not judge. */
  readonly #mentioned: { name: string; pointer: string }[] = [];
  #final: JsonObject = {};
  /** How many calls have added to the steps, `else_` and the ends of blocks included. */
  #count = 0;

  /** @param query what the plan is for, in a person's words */
  constructor(query: string = DEFAULT_QUERY, builderOptions: options.PlanBuilderOptions = {}) {
    this.#query = query;
    this.#options = builderOptions;
  }

  /** An input of the plan: its value is given to each run. */
  input<Name extends string>(name: Name, about: options.InputOptions = {}): PlanBuilder<Names | options.Bare<Name>> {
    const write = this.#writer(`/plan_inputs/${this.#inputs.length}`);
    const given = write.options(about, 'input');
    this.#inputs.push(
      compact({
        name: write.name(name, '/name'),
        description: given.description,
        default: given.default === undefined ? undefined : write.json(given.default, '/default'),
        schema: write.schema(given.schema, '/schema'),
      }),
    );
    return this.#knowing();
  }

  /** One call of a model. */
  llmStep<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, LlmOptions<Names, Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('llmStep', DRAFTS.llm, given);
  }

  /** One call of a tool, with these arguments and without a model. */
  invokeToolStep<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, InvokeToolOptions<Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('invokeToolStep', DRAFTS.tool, given);
  }

  /** A value that is computed: no model, no tool. */
  computeStep<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, ComputeOptions<Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('computeStep', DRAFTS.compute, given);
  }

  /** A model that has a task, inputs and one tool. */
  singleToolAgentStep<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, SingleToolAgentOptions<Names, Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('singleToolAgentStep', DRAFTS.agent, given);
  }

  /** A model that has a task, inputs and several tools, and continues until it has the answer. */
  reactAgentStep<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, ReactAgentOptions<Names, Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('reactAgentStep', DRAFTS.react, given);
  }

  /** A person is asked for a value. */
  userInput<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, UserInputOptions<Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('userInput', DRAFTS.user_input, given);
  }

  /** A person must agree; a no ends the run. */
  userVerify<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, UserVerifyOptions<Output, Name>>,
  ): PlanBuilder<Names | options.Bare<Output>> {
    return this.#step('userVerify', DRAFTS.user_verify, given);
  }

  /** Waits until a time, or for some time. */
  wait<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, WaitOptions<Output, Name>>,
  ): PlanBuilder<Names | options.Bare<Output>> {
    return this.#step('wait', DRAFTS.wait, given);
  }

  /** Waits for an event that somebody tells. */
  waitFor<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, WaitForOptions<Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('waitFor', DRAFTS.wait_for, given);
  }

  /** Another plan, as one step that leaves what the plan ends with. */
  addSubPlan<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, SubPlanOptions<Output, Name>>,
  ): PlanBuilder<Names | options.OutputName<Output, Name>> {
    return this.#step('addSubPlan', DRAFTS.plan, given);
  }

  /** Ends the run here. */
  exit(given: options.Given<Names, ExitOptions<string>> = {}): PlanBuilder<Names> {
    return this.#step('exit', DRAFTS.exit, given);
  }

  /** The steps that follow are done only when this holds, up to `elseIf`, `else_` or `endif`. */
  if_(condition: options.Given<Names, options.Condition>, given: options.Common<string> = {}): PlanBuilder<Names> {
    const draft = this.#draft(this.#blocks.pointer);
    const judged = draft.write.condition(this.#resolve(condition), '/branches/0');
    this.#blocks.beginIf(DRAFTS.if(draft.write.options(given, 'if_'), draft), judged);
    return this;
  }

  /** The steps that follow are done when this holds and nothing before it did. */
  elseIf(condition: options.Given<Names, options.Condition>): PlanBuilder<Names> {
    const pointer = this.#blocks.branchPointer('elseIf');
    const { write } = this.#draft(pointer ?? '');
    if (pointer !== undefined) this.#blocks.elseIf(write.condition(this.#resolve(condition), ''));
    return this;
  }

  /** The steps that follow are done when nothing before it held. */
  else_(): PlanBuilder<Names> {
    this.#count += 1;
    this.#blocks.otherwise();
    return this;
  }

  endif(): PlanBuilder<Names> {
    this.#count += 1;
    this.#blocks.end('endif', 'if_');
    return this;
  }

  /** The steps that follow, up to `endLoop`, are done for each item of a list, also after one that failed. */
  loop<Output extends string = never, Name extends string = never, Item extends string = never>(
    given: options.Given<Names, OverLoopOptions<Output, Name, Item> & { onError: 'continue' }>,
  ): PlanBuilder<Names | OverLoopNames<Output, Name, Item> | 'failures'>;
  /** The steps that follow, up to `endLoop`, are done for each item of a list. */
  loop<Output extends string = never, Name extends string = never, Item extends string = never>(
    given: options.Given<Names, OverLoopOptions<Output, Name, Item>>,
  ): PlanBuilder<Names | OverLoopNames<Output, Name, Item>>;
  /** The steps that follow, up to `endLoop`, are done as long as a condition holds. It sees what a round leaves. */
  loop<Output extends string = never, Name extends string = never>(
    given: options.Given<Names, WhileLoopOptions<Output, Name>>,
  ): PlanBuilder<Names | options.Bare<Output>>;
  loop(given: options.Given<Names, AnyLoopOptions>): PlanBuilder<string> {
    const draft = this.#draft(this.#blocks.pointer);
    const step = DRAFTS.for_each(draft.write.options(this.#resolve(given), 'loop'), draft);
    this.#blocks.begin(step, { begun: 'loop', closing: 'endLoop' });
    return this.#knowing();
  }

  endLoop(): PlanBuilder<Names> {
    this.#count += 1;
    this.#blocks.end('endLoop', 'loop');
    return this;
  }

  /** The steps that follow, up to `endOnError`, are done when the step before fails. They see the failure as `failure`. */
  onError(): PlanBuilder<Names | 'failure'> {
    this.#count += 1;
    this.#blocks.beginInstead('on_error', { begun: 'onError', closing: 'endOnError' });
    return this.#knowing();
  }

  endOnError(): PlanBuilder<Names> {
    this.#count += 1;
    this.#blocks.end('endOnError', 'onError');
    return this;
  }

  /** The steps that follow, up to `endOnExpiry`, are done when nobody answers the step before in time. */
  onExpiry(): PlanBuilder<Names | 'failure'> {
    this.#count += 1;
    this.#blocks.beginInstead('on_expiry', { begun: 'onExpiry', closing: 'endOnExpiry' });
    return this.#knowing();
  }

  endOnExpiry(): PlanBuilder<Names> {
    this.#count += 1;
    this.#blocks.end('endOnExpiry', 'onExpiry');
    return this;
  }

  /** What the result of the run must look like. */
  finalOutput(given: options.FinalOutputOptions): PlanBuilder<Names> {
    const write = this.#writer('');
    const { outputSchema, summarize } = write.options(given, 'finalOutput');
    const output_schema = write.schema(outputSchema, '/output_schema');
    this.#final = compact({ output_schema, summarize });
    return this;
  }

  /** The plan, as a file of the same content is read. Throws `invalid-plan` with everything that is wrong at once. */
  build(): Plan {
    return finishPlan(
      { query: this.#query, steps: this.#blocks.steps, inputs: this.#inputs, more: this.#final },
      {
        ...this.#options,
        problems: [...this.#problems, ...this.#blocks.unclosed()],
        check: (plan) => [...checkPlan(plan), ...this.#unknownMentions(plan)],
      },
    );
  }

  #step<Options extends object>(
    call: string,
    write: (given: Options, draft: Draft) => JsonObject,
    given: options.Given<Names, Options>,
  ): PlanBuilder {
    const draft = this.#draft(this.#blocks.pointer);
    this.#blocks.add(write(draft.write.options(this.#resolve(given), call), draft));
    return this.#knowing();
  }

  /** The same builder, seen as one that knows other names. */
  #knowing(): PlanBuilder {
    return this;
  }

  #resolve<Options>(given: options.Given<Names, Options>): Options {
    return typeof given === 'function' ? (given as (names: options.References<Names>) => Options)(namesOf()) : given;
  }

  #draft(pointer: string): Draft {
    const place = this.#count;
    this.#count += 1;
    return { write: this.#writer(pointer), defaultOutput: defaultOutput(place) };
  }

  #writer(pointer: string): StepWriter {
    return new StepWriter({
      report: ({ at, ...problem }) => this.#problems.push({ severity: 'error', ...problem, pointer: pointer + at }),
      mention: (name, at) => this.#mentioned.push({ name, pointer: pointer + at }),
      describe: (name) => this.#describe(name),
    });
  }

  #describe(name: string): string | undefined {
    const input = this.#inputs.find((candidate) => candidate['name'] === `$${name}`);
    return typeof input?.['description'] === 'string' ? input['description'] : undefined;
  }

  #unknownMentions(plan: Plan): Problem[] {
    const known = new Set(plan.plan_inputs.map(({ name }) => bareName(name)));
    for (const step of allSteps(plan.steps)) {
      known.add(kindOf(step).itemName(step) ?? '');
      known.add(bareName(stepOutput(step) ?? ''));
    }
    return this.#mentioned
      .filter(({ name }) => !known.has(name))
      .map(({ name, pointer }) => ({
        severity: 'error',
        rule: 'unknown-reference',
        message: `Nothing defines $${name}.`,
        pointer,
        fix: 'Use an output of an earlier step, or declare it with input().',
      }));
  }
}

/** Every name as a reference: which of them exist is judged by the compiler, and when the plan is built. */
function namesOf<Names extends string>(): options.References<Names> {
  const references = new Proxy(
    {},
    { get: (_none, name) => (typeof name === 'string' ? new Reference(name) : undefined) },
  );
  return references as options.References<Names>;
}
