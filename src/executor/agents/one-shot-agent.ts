import type { ClarificationRequest } from '../../domain/clarification.js';
import { messageOf } from '../../domain/errors.js';
import { depthOf, isJsonObject, MAX_DEPTH, type Json, type JsonObject, type JsonSchema } from '../../domain/json.js';
import type { AgentStep } from '../../domain/plan.js';
import type { ModelMessage, ModelTool, ModelToolCall } from '../../models/model.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import { agentMessages, answerText, type StepInput } from '../prompts.js';
import { schemaShape } from '../reply-shape.js';
import { failed, type StepContext, type StepOutcome, type StepStop } from '../run-context.js';
import { passInputs, readInputs } from '../step-inputs.js';
import { completeArguments, describeProblems, isRepeatable } from '../steps/tool-step.js';

/** Model calls in all, the first one included, before the step fails. */
const MAX_ATTEMPTS = 4;

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

/** What became of one function call of the model: the text it is told, and the value if there is one. */
type Handled =
  | { kind: 'output'; value: Json }
  | { kind: 'answered'; text: string }
  | { kind: 'soft'; text: string }
  | { kind: 'stop'; stop: StepStop };

/** The default kind of step: a model that has the task, the inputs and exactly one tool. */
export async function runOneShotAgent(
  context: StepContext,
  effects: Effects,
  work: { step: AgentStep; tool: Tool },
): Promise<StepOutcome> {
  const { step, tool } = work;
  const inputs = await readInputs(context, step.inputs);
  if (!inputs.ok) return inputs.stop;
  const task = await fillText(context, step.task);
  if (!task.ok) return task.stop;
  const agent = new OneShotAgent(context, effects, { tool, inputs: inputs.inputs, model: step.model });
  const outcome = await agent.run(task.value);
  if (outcome.kind !== 'completed' || step.output_schema === undefined) return outcome;
  return { kind: 'completed', value: await agent.convert(outcome.value, step.output_schema) };
}

class OneShotAgent {
  readonly #context: StepContext;
  readonly #effects: Effects;
  readonly #tool: Tool;
  readonly #inputs: StepInput[];
  readonly #model: string | undefined;

  constructor(
    context: StepContext,
    effects: Effects,
    work: { tool: Tool; inputs: StepInput[]; model: string | undefined },
  ) {
    this.#context = context;
    this.#effects = effects;
    this.#tool = work.tool;
    this.#inputs = work.inputs;
    this.#model = work.model;
  }

  async run(task: string): Promise<StepOutcome> {
    const { recorder } = this.#context;
    const { system, user } = agentMessages({
      task,
      inputs: this.#inputs,
      toolId: this.#tool.id,
      today: recorder.startedAt.slice(0, 10),
      endUserId: recorder.run.end_user_id,
    });
    const messages: ModelMessage[] = [
      { role: 'system', text: system },
      { role: 'user', text: user },
    ];
    const outputs: Json[] = [];
    let problem = '';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS;) {
      const turn = await this.#turn(messages);
      if (turn.kind === 'stop') return turn.stop;
      outputs.push(...turn.outputs);
      if (turn.problem !== undefined) {
        problem = turn.problem;
        attempt += 1;
      } else if (!turn.answered) {
        const [only] = outputs;
        return { kind: 'completed', value: outputs.length === 1 && only !== undefined ? only : outputs };
      }
    }
    const message = `${this.#tool.id} failed ${MAX_ATTEMPTS} times; the last time: ${problem}`;
    return failed(this.#context, { code: 'tool-failed', message, retryable: true });
  }

  /** One reply of the model and everything it calls for. */
  async #turn(messages: ModelMessage[]) {
    const reply = await this.#effects.callModel({
      role: 'execution',
      model: this.#model,
      request: { messages: [...messages], tools: [this.#function(), askUserTool] },
    });
    messages.push({ role: 'assistant', text: reply.text, toolCalls: reply.toolCalls });
    if (reply.toolCalls.length === 0) {
      const text = `Do the task by calling ${this.#function().name}, or ask_user when a value is missing.`;
      messages.push({ role: 'user', text });
      return { kind: 'turn' as const, outputs: [], answered: false, problem: 'the model did not call the tool' };
    }
    const outputs: Json[] = [];
    let answered = false;
    let problem: string | undefined;
    for (const call of reply.toolCalls) {
      const handled = await this.#handle(call);
      if (handled.kind === 'stop') return handled;
      if (handled.kind === 'output') outputs.push(handled.value);
      if (handled.kind === 'answered') answered = true;
      if (handled.kind === 'soft') problem = handled.text;
      const text = handled.kind === 'output' ? JSON.stringify(handled.value).slice(0, 10_000) : handled.text;
      messages.push({ role: 'tool', toolCallId: call.id, text });
    }
    return { kind: 'turn' as const, outputs, answered, problem };
  }

  #function(): ModelTool {
    const { id, description } = this.#tool;
    return {
      name: id.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
      description,
      parameters: this.#tool.inputSchema(),
    };
  }

  async #handle(call: ModelToolCall): Promise<Handled> {
    const parsed = parseArgumentsText(call.arguments);
    if (typeof parsed === 'string') return { kind: 'soft', text: parsed };
    if (call.name === ASK_USER) return this.#askUser(parsed);
    if (call.name !== this.#function().name) {
      return { kind: 'soft', text: `There is no function ${call.name}; call ${this.#function().name}.` };
    }
    const args = passInputs(parsed, this.#inputs);
    return this.#callTool(isJsonObject(args) ? args : {});
  }

  async #askUser(args: JsonObject): Promise<Handled> {
    const name = typeof args['argument_name'] === 'string' ? args['argument_name'] : 'answer';
    const question = typeof args['question'] === 'string' ? args['question'] : `What is ${name}?`;
    const request: ClarificationRequest = {
      category: 'Input',
      user_guidance: question,
      argument_name: name,
      source: this.#tool.name,
    };
    const asked = await this.#effects.ask([request]);
    if (!asked.ok) return { kind: 'stop', stop: asked.stop };
    const texts = asked.answers.map((answer) => `The user says: ${name} = ${answerText(answer)}`);
    return { kind: 'answered', text: texts.join('\n') };
  }

  async #callTool(args: JsonObject): Promise<Handled> {
    const parsed = this.#tool.parseArguments(args);
    if (!parsed.ok && parsed.problems.some((problem) => !problem.missing)) {
      return { kind: 'soft', text: `These arguments do not fit: ${describeProblems(parsed.problems)}. Correct them.` };
    }
    const complete = await completeArguments(this.#context, { effects: this.#effects, tool: this.#tool, args });
    if (!complete.ok) return { kind: 'stop', stop: complete.stop };
    const outcome = await this.#effects.callTool(this.#tool, complete.args);
    switch (outcome.kind) {
      case 'output':
        return outcome;
      case 'stop':
        return outcome;
      case 'failure': {
        if (isRepeatable(this.#tool, outcome)) return { kind: 'soft', text: `The call failed: ${outcome.message}` };
        const message = `${this.#tool.id}: ${outcome.message}`;
        return { kind: 'stop', stop: failed(this.#context, { code: 'tool-failed', message, retryable: false }) };
      }
    }
  }

  /** The value in the shape that the step promises; the model converts it only when it does not fit as it is. */
  async convert(value: Json, schema: JsonSchema): Promise<Json> {
    const shape = await schemaShape(this.#context.services, 'step_output', schema);
    if (shape.validate(value).length === 0) return value;
    const text = `Give this result in the required shape, changing nothing of what it says:\n<data>\n${JSON.stringify(value)}\n</data>`;
    const request = { messages: [{ role: 'user' as const, text }] };
    const reply = await this.#effects.callModel({ role: 'execution', model: this.#model, request, shape });
    return reply.value ?? reply.text;
  }
}

/** The arguments, or what the model is told when its text is none. */
function parseArgumentsText(text: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (!isJsonObject(value)) return 'The arguments must be a JSON object.';
    return depthOf(value) > MAX_DEPTH ? `The arguments are nested deeper than ${MAX_DEPTH} levels.` : value;
  } catch (error) {
    return `The arguments are not valid JSON: ${messageOf(error)}`;
  }
}
