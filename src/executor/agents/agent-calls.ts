import { distinctSources } from '../../domain/run/value-sources.js';
import type { Clarification, ClarificationRequest, ValueSource } from '../../domain/run/clarification.js';
import type { Json, JsonObject } from '../../domain/values/json.js';
import { between, type Marks } from '../../domain/values/marks.js';
import type { AgentStep, ReactStep } from '../../domain/plan/plan.js';
import type { ModelTool, ModelToolCall } from '../../models/model.js';
import { describeProblems } from '../../tools/argument-problems.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { answerText } from '../prompts/answer-block.js';
import { areCut, fitValues, roomOfAgent, roomOfPart, tokensBeside } from '../prompts/fit-values.js';
import { MAX_PASTED } from '../prompts/value-block.js';
import { MAX_READS, READ_VALUE, readValue, readValueTool, wantedRead } from '../read-value.js';
import type { FilledArguments } from '../expressions.js';
import { failed, type StepStop } from '../outcomes.js';
import { passInput } from '../step-inputs.js';
import { PERSON, sourcesOfInput, sourcesOfWritten, type ArgumentSources, type SourcedInput } from '../value-sources.js';
import { completeArguments, isRepeatable, type Doubts } from '../tool-arguments.js';
import { argumentsInside, meantArguments, nameFunctions, toFunction, withMisfits } from './tool-functions.js';
import { readArguments } from './written-calls.js';

const ASK_USER = 'ask_user';

const askUserTool: ModelTool = {
  name: ASK_USER,
  description: 'Ask the user for a value that is needed and is neither in the task nor in the data.',
  parameters: {
    type: 'object',
    properties: {
      argument_name: { type: 'string', description: 'The argument that the value is for.' },
      question: { type: 'string', description: 'The question, in one sentence.' },
    },
    required: ['argument_name', 'question'],
    additionalProperties: false,
  },
};

/** The most questions in one step: after that, a model that keeps asking gets an error. */
const MAX_QUESTIONS = 20;

/** What one function call of the model led to: a value, or a text for the model. */
export type CallReply =
  /** `args`: those that a person gave the call in place of its own. */
  | { kind: 'output'; tool: string; value: Json; args?: JsonObject | undefined }
  | { kind: 'answered'; text: string }
  /** The tool was called, and failed in a way that other arguments or another try may fix. */
  | { kind: 'failure'; text: string }
  /** Nothing was called, because the call itself is wrong. */
  | { kind: 'refused'; text: string }
  /** A part of a value was read; it is data. */
  | { kind: 'read'; text: (marks: Marks) => string }
  /** Nothing was called, because a person said no and why. */
  | { kind: 'declined'; text: string; stop: StepStop }
  | { kind: 'stop'; stop: StepStop };

/** What is known of a call before it is made. */
interface Handling {
  /** The calls behind it in the same reply: when it waits for an answer, the questions right behind it are raised as well. */
  following?: ModelToolCall[];
  /** Which of its arguments cannot be traced, where they were. Then those that do not fit are asked for, too. */
  doubts?: Doubts | undefined;
}

/** What an agent may do, and for which step. */
export interface AgentAbilities {
  step: AgentStep | ReactStep;
  tools: Tool[];
  /** Whether the model may ask the user; an argument that it leaves out is then asked for, too. */
  mayAsk: boolean;
  /** Who asks, as the user sees it. */
  asker: string;
  /** Functions that the agent itself handles. */
  ownFunctions?: readonly string[];
}

/**
 * Makes the calls that an agent's model asks for. Errors that the model can correct go back to it; all others stop the
 * step.
 */
export class AgentCalls {
  readonly #effects: Effects;
  readonly #abilities: AgentAbilities;
  readonly #tools: Map<string, Tool>;
  /** Of all functions but those that every agent has. */
  readonly names: readonly string[];
  #questions = 0;
  #reads = 0;
  #room = roomOfAgent();
  /** What a person gave for arguments, by their tool. */
  readonly #answers = new Map<Tool, ReadonlyMap<string, Json>>();
  /** What came to the model beside its inputs: results of tools, and answers. */
  readonly #read: ValueSource[] = [];

  constructor(effects: Effects, abilities: AgentAbilities) {
    const { tools, mayAsk, ownFunctions = [] } = abilities;
    this.#effects = effects;
    this.#abilities = abilities;
    this.#tools = nameFunctions(tools, [READ_VALUE, ...ownFunctions, ...(mayAsk ? [ASK_USER] : [])]);
    this.names = [...this.#tools.keys(), ...ownFunctions];
  }

  /** What the model may call in a request of so many tokens. It can read those of the values that it is not shown whole. */
  functions(values: readonly SourcedInput[], tokens: number | undefined): ModelTool[] {
    const own = [
      ...[...this.#tools].map(([name, tool]) => toFunction(name, tool)),
      ...(this.#abilities.mayAsk ? [askUserTool] : []),
    ];
    const all = [...own, readValueTool];
    this.#room = roomOfAgent(tokensBeside(tokens, all));
    return areCut(fitValues(values, this.#room), this.#room) ? all : own;
  }

  /** `values` are what an argument can pass on whole by its name. */
  async handle(
    call: ModelToolCall,
    values: SourcedInput[],
    { following = [], doubts }: Handling = {},
  ): Promise<CallReply> {
    const read = readArguments(call, values);
    if (!read.ok) return { kind: 'refused', text: read.problem };
    if (call.name === READ_VALUE) return this.#readPart(call, values);
    if (this.#isQuestion(call)) return this.#askTogether(read.args, values, following);
    const tool = this.#tools.get(call.name);
    if (tool !== undefined) {
      const sources = this.#sourcesOf(call, values);
      return this.#note(tool, await this.#callTool(tool, { written: read.args, sources, doubts }));
    }
    return { kind: 'refused', text: `There is no function ${call.name}; call ${this.names.join(' or ')}.` };
  }

  /** The arguments of a call that the model wrote itself: not those that pass on a value whole. */
  async writtenIn(call: ModelToolCall, values: SourcedInput[]): Promise<JsonObject> {
    const tool = this.#tools.get(call.name);
    const [read, plain] = [readArguments(call, values), readArguments(call, [])];
    if (tool === undefined || !read.ok || !plain.ok) return {};
    const written = argumentsInside(tool, plain.args);
    const isPassed = (value: Json | undefined) => typeof value === 'string' && passInput(value, values) !== value;
    const args = Object.entries(await meantArguments(tool, read.args));
    return Object.fromEntries(args.filter(([name]) => !isPassed(written[name])));
  }

  /** The values as they are now, whatever is added to them. Its text is as long as the next request has room for. */
  #readPart(call: ModelToolCall, values: readonly SourcedInput[]): CallReply {
    if (this.#reads >= MAX_READS) return { kind: 'refused', text: 'No more parts can be read.' };
    this.#reads += 1;
    const known = [...values];
    return {
      kind: 'read',
      text: (marks) => between(marks, readValue(wantedRead(call), known, roomOfPart(this.#room))),
    };
  }

  #isQuestion({ name }: ModelToolCall): boolean {
    return this.#abilities.mayAsk && name === ASK_USER;
  }

  /** A person is asked at once what the model asks in one reply. */
  async #askTogether(args: JsonObject, values: SourcedInput[], following: ModelToolCall[]): Promise<CallReply> {
    const asked = await this.#askUser(args);
    const open = openQuestions(asked);
    if (open.length === 0) return asked;
    for (const call of following) {
      // What follows a tool call depends on its result.
      if (!this.#isQuestion(call)) break;
      open.push(...openQuestions(await this.handle(call, values)));
    }
    return { kind: 'stop', stop: { kind: 'suspended', clarifications: open } };
  }

  async #askUser(args: JsonObject): Promise<CallReply> {
    if (this.#questions >= MAX_QUESTIONS) return { kind: 'refused', text: 'No more questions can be asked.' };
    this.#questions += 1;
    const name = typeof args['argument_name'] === 'string' ? args['argument_name'] : 'answer';
    const question = typeof args['question'] === 'string' ? args['question'] : `What is ${name}?`;
    const request: ClarificationRequest = {
      category: 'Input',
      user_guidance: question,
      argument_name: name,
      source: this.#abilities.asker,
    };
    const asked = await this.#effects.ask([request]);
    if (!asked.ok) return { kind: 'stop', stop: asked.stop };
    this.#read.push({ from: 'person', step: this.#effects.context.path });
    const texts = asked.value.map((answer) => `The user says: ${name} = ${answerText(answer)}`);
    return { kind: 'answered', text: texts.join('\n') };
  }

  /** What a tool gave, or said of its failure, is read by the model from then on. */
  #note(tool: Tool, reply: CallReply): CallReply {
    const { path } = this.#effects.context;
    if (reply.kind === 'output' || reply.kind === 'failure') {
      this.#read.push({ from: 'tool', tool: tool.id, step: path });
    }
    return reply;
  }

  /** Where the arguments of a call came from, as far as this model had read by then. */
  #sourcesOf(call: ModelToolCall, values: SourcedInput[]): ArgumentSources {
    const { context } = this.#effects;
    const written = readArguments(call, []);
    const known = values.flatMap(sourcesOfInput);
    const others = this.#read.filter(({ tool, step }) => !known.some((one) => one.tool === tool && one.step === step));
    const read = distinctSources([...known, ...others]);
    const id = context.services.modelId('execution', this.#abilities.step.model);
    const model: ValueSource = {
      from: 'model',
      step: context.path,
      ...(id !== undefined && { model: id }),
      ...(read.length > 0 && { read }),
    };
    return sourcesOfWritten(written.ok ? written.args : {}, { values, model });
  }

  async #callTool(
    tool: Tool,
    {
      written,
      sources,
      doubts: untraced,
    }: { written: JsonObject; sources: ArgumentSources; doubts?: Doubts | undefined },
  ): Promise<CallReply> {
    const args = await meantArguments(tool, written);
    const wrong = untraced === undefined ? await this.#tellWrong(tool, args) : undefined;
    if (wrong !== undefined) return { kind: 'refused', text: wrong };
    const doubts = untraced === undefined ? undefined : await withMisfits(tool, args, untraced);
    const answers = this.#answers.get(tool) ?? new Map<string, Json>();
    const complete = await completeArguments(this.#effects, { tool, args, sources, doubts, answers });
    if (!complete.ok) return { kind: 'stop', stop: complete.stop };
    this.#answers.set(tool, new Map([...answers, ...givenIn(complete.value)]));
    const { step: agent } = this.#abilities;
    const outcome = await this.#effects.callTool(tool, complete.value.args, { ...complete.value, agent });
    if (outcome.kind === 'stop' && outcome.reason !== undefined) {
      return { kind: 'declined', text: toldNo(outcome.reason), stop: outcome.stop };
    }
    if (outcome.kind === 'output') return { ...outcome, tool: tool.id };
    if (outcome.kind === 'stop') return outcome;
    if (isRepeatable(tool, outcome)) {
      const text = `The call failed: ${outcome.message.slice(0, MAX_PASTED)}${toldGiven(complete.value)}`;
      return { kind: 'failure', text };
    }
    const message = `${tool.id}: ${outcome.message}`;
    const { why } = outcome;
    const error = { code: 'tool-failed' as const, message, ...(why !== undefined && { why }), retryable: false };
    return { kind: 'stop', stop: failed(this.#effects.context, error) };
  }

  /** Arguments that are only missing are not a fault of the model's when the user can be asked for them. */
  async #tellWrong(tool: Tool, args: JsonObject): Promise<string | undefined> {
    const parsed = await tool.parseArguments(args);
    if (parsed.ok || (this.#abilities.mayAsk && parsed.problems.every(({ missing }) => missing))) return undefined;
    return `These arguments do not fit: ${describeProblems(parsed.problems)}. Correct them.`;
  }
}

/** The arguments that a person gave, by name. */
function givenIn({ args, sources }: FilledArguments): [string, Json][] {
  return Object.entries(args).filter(([name]) => sources?.(name) === PERSON);
}

/** What a model is told beside the failure of such a call. */
function toldGiven(filled: FilledArguments): string {
  const given = givenIn(filled);
  if (given.length === 0) return '';
  return `\nThe user gave: ${JSON.stringify(Object.fromEntries(given)).slice(0, MAX_PASTED)}`;
}

function toldNo(reason: string): string {
  return (
    `A person said no to this call, and it was not made. The reason: ${reason}\n` +
    'Do not make the same call again. Take another way, or say in your answer what could not be done.'
  );
}

/** What a model is told beside the result of a call that a person changed. */
export function toldChange(args: JsonObject): string {
  return `A person changed the arguments of this call. It was made with: ${JSON.stringify(args).slice(0, MAX_PASTED)}`;
}

function openQuestions(reply: CallReply): Clarification[] {
  return reply.kind === 'stop' && reply.stop.kind === 'suspended' ? [...reply.stop.clarifications] : [];
}
