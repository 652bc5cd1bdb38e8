import type { AskedParts } from '../../domain/run/asked-parts.js';
import { factsOf } from '../../domain/run/end-user.js';
import type { Json } from '../../domain/values/json.js';
import { cutText } from '../../domain/values/cut-text.js';
import { between, type Marks } from '../../domain/values/marks.js';
import { imageNamed } from '../../domain/values/images.js';
import { bareName } from '../../domain/values/names.js';
import type { ReactStep } from '../../domain/plan/plan.js';
import type { ModelTool, ModelToolCall } from '../../models/model.js';
import type { Tool } from '../../tools/tool.js';
import { aboutWork } from '../about-work.js';
import type { Effects } from '../effects.js';
import type { RecordedReply } from '../model-call.js';
import { fillText } from '../expressions.js';
import { reactMessages } from '../prompts/react-prompt.js';
import { fitValues, roomOfAgent, tokensBeside } from '../prompts/fit-values.js';
import { resultBlock } from '../prompts/value-block.js';
import { convertToShape, schemaShape, type Shape } from '../reply-shape.js';
import { imagesSeen } from '../seen-images.js';
import { failed, type StepOutcome, type StepStop } from '../outcomes.js';
import { passInput, readInputs, toolMissing } from '../step-inputs.js';
import type { SourcedInput } from '../value-sources.js';
import { AgentCalls, toldChange, type CallReply } from '../agents/agent-calls.js';
import { distinctCalls, readArguments, type DistinctCall } from '../agents/written-calls.js';
import { Conversation, READ_BEFORE } from '../agents/conversation.js';
import { FINAL_RESULT, finalResult, type FinalResult } from '../agents/final-result.js';

/** Turns in a row that bring neither a result nor an answer, before the step fails. */
const MAX_IDLE_TURNS = 5;

/** How many problems of an answer the model gets at once. */
const MAX_PROBLEMS = 20;

/** What is left of a text in the messages once it is old. */
const SHORTENED = 200;

/** How one turn of the model ended. */
type ModelTurn =
  | { kind: 'finished'; value: Json }
  | { kind: 'stop'; stop: StepStop }
  /** `problem` is what the model was told last, when nothing came of the turn. */
  | { kind: 'open'; problem: string | undefined };

/** The kind `react`: a model that calls several tools, as often as it needs, until it gives an answer. */
export async function runReactAgent(effects: Effects, step: ReactStep): Promise<StepOutcome> {
  const { context } = effects;
  const tools: Tool[] = [];
  for (const id of new Set(step.tools)) {
    const tool = context.services.tools.get(id);
    if (tool === undefined) return toolMissing(context, id);
    tools.push(tool);
  }
  const inputs = await readInputs(context, step.inputs);
  if (!inputs.ok) return inputs.stop;
  const task = await fillText(context, step.task);
  if (!task.ok) return task.stop;
  const { output_schema: schema } = step;
  // Before the first call: a schema that is broken must not cost anything.
  const shape = schema === undefined ? undefined : await schemaShape(context.services, 'step_output', schema);
  const work = { step, task: task.value, tools, inputs: inputs.value, shape };
  return new ReactAgent(effects, work).run();
}

interface ReactWork {
  step: ReactStep;
  task: string;
  tools: Tool[];
  inputs: SourcedInput[];
  shape: Shape | undefined;
}

class ReactAgent {
  readonly #effects: Effects;
  readonly #step: ReactStep;
  readonly #shape: Shape | undefined;
  readonly #calls: AgentCalls;
  readonly #final: FinalResult;
  readonly #conversation: Conversation;
  readonly #about: AskedParts;
  /** The inputs, and the results so far: what an argument can pass on whole. */
  readonly #values: SourcedInput[];
  #toolCalls = 0;
  #results = 0;

  constructor(effects: Effects, { step, task, tools, inputs, shape }: ReactWork) {
    const { recorder, path } = effects.context;
    const mayAsk = step.may_ask ?? false;
    const asker = step.name ?? 'the agent';
    this.#effects = effects;
    this.#step = step;
    this.#shape = shape;
    this.#calls = new AgentCalls(effects, { step, tools, mayAsk, asker, ownFunctions: [FINAL_RESULT] });
    this.#final = finalResult(step.output_schema);
    this.#values = [...inputs];
    const work = {
      task,
      inputs,
      answers: recorder.questions.importedAnswers(path),
      mayAsk,
      finalFunction: FINAL_RESULT,
      today: recorder.index.startedAt.slice(0, 10),
      endUserId: recorder.run.end_user_id,
      endUserFacts: factsOf(effects.context.endUser.user),
    };
    this.#about = aboutWork(work);
    this.#conversation = new Conversation((marks, tokens) => {
      const asked = { ...work, marks };
      const room = roomOfAgent(tokensBeside(tokens, reactMessages({ ...asked, inputs: [] })));
      return reactMessages({ ...asked, inputs: fitValues(inputs, room) });
    });
  }

  async run(): Promise<StepOutcome> {
    let idleTurns = 0;
    while (this.#toolCalls < this.#step.max_tool_calls) {
      const turn = await this.#turn();
      if (turn.kind === 'finished') return { kind: 'completed', value: turn.value };
      if (turn.kind === 'stop') return turn.stop;
      idleTurns = turn.problem === undefined ? 0 : idleTurns + 1;
      if (idleTurns === MAX_IDLE_TURNS) {
        return this.#failed(`The agent got no further in ${MAX_IDLE_TURNS} turns; the last time: ${turn.problem}`);
      }
    }
    return this.#lastTurn();
  }

  /** One reply of the model and everything it calls for. */
  async #turn(): Promise<ModelTurn> {
    const { text, toolCalls } = await this.#ask((tokens) => this.#calls.functions(this.#values, tokens));
    if (toolCalls.length === 0) return this.#readText(text);
    // An answer beside other calls was given without their results.
    const calls = distinctCalls(toolCalls);
    return toolCalls.every(isFinal) ? this.#readAnswers(calls) : this.#doCalls(calls);
  }

  #readAnswers(calls: DistinctCall[]): ModelTurn {
    let problem = '';
    for (const { call, ids } of calls) {
      const answer = this.#readAnswer(call);
      if (answer.ok) return { kind: 'finished', value: answer.value };
      problem = answer.problem;
      this.#tell(ids, problem, true);
    }
    return { kind: 'open', problem };
  }

  async #doCalls(calls: DistinctCall[]): Promise<ModelTurn> {
    let problem: string | undefined;
    let isIdle = true;
    for (const [index, { call, ids }] of calls.entries()) {
      const following = calls.slice(index + 1).map((next) => next.call);
      const reply = await this.#handle(call, following);
      if (reply.kind === 'stop') return reply;
      if (reply.kind === 'output') await this.#tellResult(ids, reply);
      else if (reply.kind === 'failure') this.#tellFailure(ids, reply.text);
      else if (reply.kind === 'read') this.#tellRead(ids, reply.text);
      else this.#tell(ids, reply.text, reply.kind === 'refused');
      if (reply.kind === 'failure' || reply.kind === 'refused') problem = reply.text;
      else isIdle = false;
    }
    return { kind: 'open', problem: isIdle ? problem : undefined };
  }

  async #handle(call: ModelToolCall, following: ModelToolCall[]): Promise<CallReply> {
    if (isFinal(call)) {
      const text = `${FINAL_RESULT} ends the work: call it alone, once you have seen the results of the other calls.`;
      return { kind: 'refused', text };
    }
    const { max_tool_calls: most } = this.#step;
    if (this.#toolCalls >= most) return { kind: 'refused', text: `Not called: ${most} tool calls were made already.` };
    const reply = await this.#calls.handle(call, this.#values, { following });
    // A person who says no is asked as often as the tools may be called, and not for ever.
    if (reply.kind === 'output' || reply.kind === 'failure' || reply.kind === 'declined') this.#toolCalls += 1;
    return reply;
  }

  /** No tool is left to the model: it can only say what it has. */
  async #lastTurn(): Promise<StepOutcome> {
    const limit = `max_tool_calls (${this.#step.max_tool_calls})`;
    this.#conversation.addUser(
      `No more tool calls can be made: ${limit} is reached. Call ${FINAL_RESULT} with what you have.`,
    );
    const { text, toolCalls } = await this.#ask(() => []);
    const call = toolCalls.find(isFinal);
    if (call !== undefined) {
      const answer = this.#readAnswer(call);
      if (answer.ok) return { kind: 'completed', value: answer.value };
      if (answer.value !== undefined) return { kind: 'completed', value: await this.#toShape(answer.value) };
    } else if (toolCalls.length === 0) {
      const turn = await this.#readText(text);
      if (turn.kind === 'finished') return { kind: 'completed', value: turn.value };
    }
    return this.#failed(`The agent made as many tool calls as ${limit} allows, and gave no answer then.`);
  }

  /** `functions`: what it may call beside that which ends its work. */
  async #ask(functions: (tokens: number | undefined) => ModelTool[]): Promise<RecordedReply> {
    const request = (marks: Marks, tokens?: number) => {
      const tools = [...functions(tokens), this.#final.function];
      return { messages: this.#conversation.messages(marks, tokensBeside(tokens, tools)), tools };
    };
    const about = () => ({ ...this.#about, results: this.#conversation.about() });
    const reply = await this.#effects.callModel({ role: 'execution', model: this.#step.model, request, about });
    this.#conversation.addReply(reply);
    return reply;
  }

  /** The answer in a call, or what the model is told when there is no answer or it does not fit; `value` is what does not fit. */
  #readAnswer(call: ModelToolCall): { ok: true; value: Json } | { ok: false; problem: string; value?: Json } {
    const read = readArguments(call, this.#values);
    if (!read.ok) return read;
    const value = this.#final.answerIn(read.args);
    if (value === undefined) return { ok: false, problem: `${FINAL_RESULT} needs the argument result: the answer.` };
    const problems = this.#shape?.validate(value) ?? [];
    if (problems.length === 0) return { ok: true, value };
    return {
      ok: false,
      problem: `The answer does not fit: ${problems.slice(0, MAX_PROBLEMS).join('; ')}. Correct it.`,
      value,
    };
  }

  /** A reply without calls is the answer, too: some servers cannot make the model call a function. */
  async #readText(text: string): Promise<ModelTurn> {
    if (text.trim() === '') {
      const problem = `Call a function, or ${FINAL_RESULT} with the answer.`;
      this.#conversation.addUser(problem);
      return { kind: 'open', problem };
    }
    const words = text.trim();
    const passed = passInput(words, this.#values);
    return { kind: 'finished', value: await this.#toShape(passed === words ? text : passed) };
  }

  async #toShape(value: Json): Promise<Json> {
    const shape = this.#shape;
    return shape === undefined ? value : convertToShape(this.#effects, value, { shape, model: this.#step.model });
  }

  #tell(ids: string[], text: string, isRefusal: boolean): void {
    const told = { text, short: cutText(text, SHORTENED), isRefusal };
    for (const id of ids) this.#conversation.addReturned(id, told);
  }

  #tellRead(ids: string[], text: (marks: Marks) => string): void {
    for (const id of ids) this.#conversation.addReturned(id, { text, short: READ_BEFORE });
  }

  /** What a tool says of its failure is data as well. */
  #tellFailure(ids: string[], text: string): void {
    const short = cutText(text, SHORTENED);
    const told = {
      text: (marks: Marks) => between(marks, text),
      short: (marks: Marks) => between(marks, short),
    };
    for (const id of ids) this.#conversation.addReturned(id, told);
  }

  async #tellResult(ids: string[], reply: Extract<CallReply, { kind: 'output' }>): Promise<void> {
    const { value, args, tool } = reply;
    const sources = [{ from: 'tool' as const, tool, step: this.#effects.context.path }];
    const images = await this.#imagesOf(reply);
    const result = { name: this.#nextName(), description: '', value, images, sources };
    this.#values.push(result);
    const change = args === undefined ? '' : `${toldChange(args)}\n`;
    const told = {
      text: (marks: Marks) => `${change}${resultBlock(result, marks)}`,
      short: (marks: Marks) => resultBlock({ ...result, images: [] }, marks, SHORTENED),
    };
    for (const [index, id] of ids.entries()) {
      this.#conversation.addReturned(id, { ...told, images: index === 0 ? images : [] });
    }
  }

  /** No address is fetched because a tool gave it: a model may have written it. */
  async #imagesOf({ value, tool }: Extract<CallReply, { kind: 'output' }>): Promise<string[]> {
    const { services } = this.#effects.context;
    const isPrivate = services.tools.get(tool)?.isPublic !== true;
    const images = await imagesSeen(value, { loader: services.images, isPrivate });
    return images.filter((at) => imageNamed(at)?.kind !== 'address');
  }

  /** `result_1`, `result_2`, …, but for those that an input is called. */
  #nextName(): string {
    for (;;) {
      this.#results += 1;
      const name = `result_${this.#results}`;
      if (!this.#values.some((value) => bareName(value.name) === name)) return name;
    }
  }

  #failed(message: string): StepOutcome {
    return failed(this.#effects.context, { code: 'tool-failed', message, retryable: true });
  }
}

function isFinal({ name }: ModelToolCall): boolean {
  return name === FINAL_RESULT;
}
