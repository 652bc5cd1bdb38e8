import { parseKeepingDigits } from '../../domain/values/whole-numbers.js';
import { distinctSources } from '../../domain/run/value-sources.js';
import type { Clarification, ClarificationRequest, ValueSource } from '../../domain/run/clarification.js';
import { messageOf } from '../../domain/errors.js';
import {
  canonicalJson,
  depthOf,
  isJsonObject,
  MAX_DEPTH,
  type Json,
  type JsonObject,
} from '../../domain/values/json.js';
import { withoutNulls } from '../../domain/values/left-out.js';
import { unwrapRoot, withObjectRoot } from '../../domain/values/object-root.js';
import type { AgentStep, ReactStep } from '../../domain/plan/plan.js';
import type { ModelTool, ModelToolCall } from '../../models/model.js';
import { describeProblems } from '../../tools/argument-problems.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { answerText } from '../prompts/answer-block.js';
import { MAX_PASTED, type StepInput } from '../prompts/value-block.js';
import { failed, type StepStop } from '../outcomes.js';
import { passInputs } from '../step-inputs.js';
import { sourcesOfInput, sourcesOfWritten, type ArgumentSources, type SourcedInput } from '../value-sources.js';
import { completeArguments, isRepeatable } from '../tool-arguments.js';

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
  /** Nothing was called, because a person said no and why. */
  | { kind: 'declined'; text: string; stop: StepStop }
  | { kind: 'stop'; stop: StepStop };

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
  readonly #names: readonly string[];
  #questions = 0;
  /** What came to the model beside its inputs: results of tools, and answers. */
  readonly #read: ValueSource[] = [];

  constructor(effects: Effects, abilities: AgentAbilities) {
    const { tools, mayAsk, ownFunctions = [] } = abilities;
    this.#effects = effects;
    this.#abilities = abilities;
    this.#tools = nameFunctions(tools, [...ownFunctions, ...(mayAsk ? [ASK_USER] : [])]);
    this.#names = [...this.#tools.keys(), ...ownFunctions];
  }

  functions(): ModelTool[] {
    const ofTools = [...this.#tools].map(([name, tool]) => toFunction(name, tool));
    return this.#abilities.mayAsk ? [...ofTools, askUserTool] : ofTools;
  }

  /**
   * `values` are what an argument can pass on whole by its name; `following` are the calls of the same reply that come
   * after this one: when it waits for an answer, the questions right behind it are raised as well.
   */
  async handle(call: ModelToolCall, values: SourcedInput[], following: ModelToolCall[] = []): Promise<CallReply> {
    const read = readArguments(call, values);
    if (!read.ok) return { kind: 'refused', text: read.problem };
    if (this.#isQuestion(call)) return this.#askTogether(read.args, values, following);
    const tool = this.#tools.get(call.name);
    if (tool !== undefined)
      return this.#note(tool, await this.#callTool(tool, read.args, this.#sourcesOf(call, values)));
    return { kind: 'refused', text: `There is no function ${call.name}; call ${this.#names.join(' or ')}.` };
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

  async #callTool(tool: Tool, written: JsonObject, sources: ArgumentSources): Promise<CallReply> {
    const given = await meantArguments(tool, written);
    const wrong = await this.#tellWrong(tool, given);
    if (wrong !== undefined) return { kind: 'refused', text: wrong };
    const complete = await completeArguments(this.#effects, { tool, args: given, sources });
    if (!complete.ok) return { kind: 'stop', stop: complete.stop };
    const { step: agent } = this.#abilities;
    const outcome = await this.#effects.callTool(tool, complete.value.args, { ...complete.value, agent });
    if (outcome.kind === 'stop' && outcome.reason !== undefined) {
      return { kind: 'declined', text: toldNo(outcome.reason), stop: outcome.stop };
    }
    if (outcome.kind === 'output') return { ...outcome, tool: tool.id };
    if (outcome.kind === 'stop') return outcome;
    if (isRepeatable(tool, outcome)) {
      return { kind: 'failure', text: `The call failed: ${outcome.message.slice(0, MAX_PASTED)}` };
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

/** One call, and the ids of all calls of its reply that are the same. */
export interface DistinctCall {
  call: ModelToolCall;
  ids: string[];
}

/**
 * The calls of one reply, each once: the same function with the same arguments is a fault of the server, not a wish to
 * act twice. The result of the call answers all its ids.
 */
export function distinctCalls(calls: readonly ModelToolCall[]): DistinctCall[] {
  const distinct = new Map<string, DistinctCall>();
  for (const call of calls) {
    const read = readArguments(call, []);
    const key = JSON.stringify([call.name, read.ok ? canonicalJson(read.args) : call.arguments]);
    const known = distinct.get(key);
    if (known === undefined) distinct.set(key, { call, ids: [call.id] });
    else known.ids.push(call.id);
  }
  return [...distinct.values()];
}

/** The arguments of a call, or what is wrong with them, for the model. */
export type ReadArguments = { ok: true; args: JsonObject } | { ok: false; problem: string };

/**
 * The arguments that a model wrote, with the values that it passes by name, or a message for it when they are not
 * arguments.
 */
export function readArguments(call: ModelToolCall, values: StepInput[]): ReadArguments {
  const written = parseObject(call.arguments.trim() === '' ? '{}' : call.arguments);
  if (typeof written === 'string') return { ok: false, problem: written };
  const args = isTooDeep(written) ? written : passInputs(written, values);
  if (isTooDeep(args)) return { ok: false, problem: `The arguments are nested deeper than ${MAX_DEPTH} levels.` };
  return { ok: true, args };
}

function parseObject(text: string): JsonObject | string {
  try {
    const { value } = parseKeepingDigits(text);
    return isJsonObject(value) ? value : 'The arguments must be a JSON object.';
  } catch (error) {
    return `The arguments are not valid JSON: ${messageOf(error)}`;
  }
}

const isTooDeep = (value: Json): boolean => depthOf(value) > MAX_DEPTH;

/** The longest function name that every endpoint accepts. */
const MAX_FUNCTION_NAME = 64;

/** The tools by the names under which a model calls them: distinct, and none that is `taken`. */
function nameFunctions(tools: Tool[], taken: readonly string[]): Map<string, Tool> {
  const named = new Map<string, Tool>();
  for (const tool of tools) {
    const plain = tool.id.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    let name = plain.slice(0, MAX_FUNCTION_NAME);
    for (let number = 2; named.has(name) || taken.includes(name); number += 1) {
      const ending = `_${number}`;
      name = `${plain.slice(0, MAX_FUNCTION_NAME - ending.length)}${ending}`;
    }
    named.set(name, tool);
  }
  return named;
}

/** Under which arguments are written that are not simply those of one object. */
const ARGUMENTS = 'arguments';

function toFunction(name: string, tool: Tool): ModelTool {
  const { schema } = withObjectRoot(tool.inputSchema(), ARGUMENTS);
  return { name, description: tool.description, parameters: schema };
}

/** The arguments as the tool takes them. Models write null for what they leave out. */
async function meantArguments(tool: Tool, written: JsonObject): Promise<JsonObject> {
  const schema = tool.inputSchema();
  const inside = unwrapRoot(written, withObjectRoot(schema, ARGUMENTS));
  const args = isJsonObject(inside) ? inside : written;
  if ((await tool.parseArguments(args)).ok) return args;
  const stripped = withoutNulls(args, schema);
  return isJsonObject(stripped) && (await tool.parseArguments(stripped)).ok ? stripped : args;
}
