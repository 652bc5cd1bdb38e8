import { imagesIn } from '../../domain/values/images.js';
import type { Json } from '../../domain/values/json.js';
import { between, type MarkedText } from '../../domain/values/marks.js';
import type { AgentStep } from '../../domain/plan/plan.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import { agentMessages } from '../prompts/agent-prompt.js';
import { MAX_PASTED } from '../prompts/value-block.js';
import type { SourcedInput } from '../value-sources.js';
import { convertToShape, schemaShape } from '../reply-shape.js';
import { failed, type StepOutcome, type StepStop } from '../outcomes.js';
import { readInputs } from '../step-inputs.js';
import { AgentCalls, distinctCalls, toldChange, type CallReply } from '../agents/agent-calls.js';
import { Conversation } from '../agents/conversation.js';

/** Model calls in all, the first one included, before the step fails. */
const MAX_ATTEMPTS = 4;

/** The default kind of step: a model that has the task, the inputs and exactly one tool. */
export async function runOneShotAgent(effects: Effects, work: { step: AgentStep; tool: Tool }): Promise<StepOutcome> {
  const { context } = effects;
  const { step, tool } = work;
  const inputs = await readInputs(context, step.inputs);
  if (!inputs.ok) return inputs.stop;
  const task = await fillText(context, step.task);
  if (!task.ok) return task.stop;
  const agent = new OneShotAgent(effects, { step, tool, inputs: inputs.value });
  const outcome = await agent.run(task.value);
  if (outcome.kind !== 'completed' || step.output_schema === undefined) return outcome;
  const shape = await schemaShape(context.services, 'step_output', step.output_schema);
  return { kind: 'completed', value: await convertToShape(effects, outcome.value, { shape, model: step.model }) };
}

class OneShotAgent {
  readonly #effects: Effects;
  readonly #calls: AgentCalls;
  readonly #tool: Tool;
  readonly #inputs: SourcedInput[];
  readonly #model: string | undefined;
  /** How the run ends when the model takes no other way after a person's no in its last calls. */
  #declined: StepStop | undefined;

  constructor(effects: Effects, work: { step: AgentStep; tool: Tool; inputs: SourcedInput[] }) {
    const { step, tool, inputs } = work;
    this.#effects = effects;
    this.#calls = new AgentCalls(effects, { step, tools: [tool], mayAsk: true, asker: tool.name });
    this.#tool = tool;
    this.#inputs = inputs;
    this.#model = step.model;
  }

  async run(task: string): Promise<StepOutcome> {
    const { recorder, path } = this.#effects.context;
    const work = {
      task,
      inputs: this.#inputs,
      answers: recorder.questions.importedAnswers(path),
      toolId: this.#tool.id,
      today: recorder.index.startedAt.slice(0, 10),
      endUserId: recorder.run.end_user_id,
    };
    const conversation = new Conversation((marks) => agentMessages({ ...work, marks }));
    const outputs: Json[] = [];
    let problem = '';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS;) {
      const turn = await this.#turn(conversation);
      if (turn.kind === 'stop') return turn.stop;
      if (turn.kind === 'gave up') return outputs.length === 0 ? turn.stop : completed(outputs);
      outputs.push(...turn.outputs);
      if (turn.problem !== undefined) {
        problem = turn.problem;
        attempt += 1;
      } else if (!turn.answered) return completed(outputs);
    }
    if (this.#declined !== undefined) return this.#declined;
    const message = `${this.#tool.id} failed ${MAX_ATTEMPTS} times; the last time: ${problem}`;
    return failed(this.#effects.context, { code: 'tool-failed', message, retryable: true });
  }

  /** One reply of the model and everything it calls for. */
  async #turn(conversation: Conversation) {
    const functions = this.#calls.functions();
    const reply = await this.#effects.callModel({
      role: 'execution',
      model: this.#model,
      request: (marks, contextWindow) => ({ messages: conversation.messages(marks, contextWindow), tools: functions }),
    });
    conversation.addReply(reply);
    // Asked to call it all the same, the model would make the call to which a person said no.
    if (reply.toolCalls.length === 0 && this.#declined !== undefined) {
      return { kind: 'gave up' as const, stop: this.#declined };
    }
    if (reply.toolCalls.length === 0) {
      const text = `Do the task by calling ${functions[0]?.name}, or ask_user when a value is missing.`;
      conversation.addUser(text);
      return { kind: 'turn' as const, outputs: [], answered: false, problem: 'the model did not call the tool' };
    }
    const outputs: Json[] = [];
    let answered = false;
    let problem: string | undefined;
    this.#declined = undefined;
    const calls = distinctCalls(reply.toolCalls);
    for (const [index, { call, ids }] of calls.entries()) {
      const following = calls.slice(index + 1).map((next) => next.call);
      const made = await this.#calls.handle(call, this.#inputs, following);
      if (made.kind === 'stop') return made;
      if (made.kind === 'output') outputs.push(made.value);
      else if (made.kind === 'answered') answered = true;
      else problem = made.text;
      if (made.kind === 'declined') this.#declined = made.stop;
      for (const id of ids) conversation.addReturned(id, { text: toldOf(made) });
    }
    return { kind: 'turn' as const, outputs, answered, problem };
  }
}

function completed(outputs: Json[]): StepOutcome {
  const [only] = outputs;
  return { kind: 'completed', value: outputs.length === 1 && only !== undefined ? only : outputs };
}

/** What a tool gives or says of its failure is data. */
function toldOf(reply: Exclude<CallReply, { kind: 'stop' }>): MarkedText {
  switch (reply.kind) {
    case 'output': {
      const change = reply.args === undefined ? '' : `${toldChange(reply.args)}\n`;
      return (marks) => `${change}${between(marks, JSON.stringify(imagesIn(reply.value).shown).slice(0, MAX_PASTED))}`;
    }
    case 'failure':
      return (marks) => between(marks, reply.text);
    case 'answered':
    case 'refused':
    case 'declined':
      return reply.text;
  }
}
