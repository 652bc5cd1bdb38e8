import { imagesIn } from '../../domain/values/images.js';
import type { AskedParts } from '../../domain/run/asked-parts.js';
import { factsOf } from '../../domain/run/end-user.js';
import type { Json } from '../../domain/values/json.js';
import { between, type MarkedText } from '../../domain/values/marks.js';
import type { AgentStep } from '../../domain/plan/plan.js';
import type { Tool } from '../../tools/tool.js';
import { aboutWork } from '../about-work.js';
import type { Effects } from '../effects.js';
import { argumentMessages } from '../prompts/argument-prompt.js';
import { agentMessages } from '../prompts/agent-prompt.js';
import { fitValues, roomOfAgent, tokensBeside } from '../prompts/fit-values.js';
import { MAX_PASTED } from '../prompts/value-block.js';
import type { SourcedInput } from '../value-sources.js';
import { failed, type StepOutcome, type StepStop } from '../outcomes.js';
import type { ModelToolCall } from '../../models/model.js';
import type { Doubts } from '../tool-arguments.js';
import { AgentCalls, toldChange, type CallReply } from '../agents/agent-calls.js';
import { ArgumentVerifier, type WrittenCall } from '../agents/argument-verifier.js';
import { distinctCalls, type DistinctCall } from '../agents/written-calls.js';
import { Conversation, READ_BEFORE } from '../agents/conversation.js';

/** Model calls in all, the first one included, before the step fails. */
const MAX_ATTEMPTS = 4;

interface AgentGiven {
  step: AgentStep;
  tool: Tool;
  task: string;
  inputs: SourcedInput[];
  /** Whether the arguments of each call are traced before it is made. */
  isVerified: boolean;
}

/** A model that writes the calls of one tool, at once or with a second one that traces their arguments. */
export class OneToolAgent {
  readonly #effects: Effects;
  readonly #calls: AgentCalls;
  readonly #tool: Tool;
  readonly #inputs: SourcedInput[];
  readonly #model: string | undefined;
  readonly #conversation: Conversation;
  readonly #about: AskedParts;
  readonly #verifier: ArgumentVerifier | undefined;
  /** What the calls gave, or said of their failures. */
  readonly #results: MarkedText[] = [];
  /** How the run ends when the model takes no other way after a person's no in its last calls. */
  #declined: StepStop | undefined;

  constructor(effects: Effects, { step, tool, task, inputs, isVerified }: AgentGiven) {
    const { recorder, path } = effects.context;
    const { model } = step;
    this.#effects = effects;
    // What the verified one leaves out is asked for without its asking.
    this.#calls = new AgentCalls(effects, { step, tools: [tool], mayAsk: !isVerified, asker: tool.name });
    this.#tool = tool;
    this.#inputs = inputs;
    this.#model = model;
    const work = {
      task,
      inputs,
      answers: recorder.questions.importedAnswers(path),
      today: recorder.index.startedAt.slice(0, 10),
      endUserId: recorder.run.end_user_id,
      endUserFacts: factsOf(effects.context.endUser.user),
    };
    this.#about = aboutWork(work);
    const write = isVerified ? argumentMessages : agentMessages;
    this.#conversation = new Conversation((marks, tokens) => {
      const asked = { ...work, marks, toolId: tool.id };
      const room = roomOfAgent(tokensBeside(tokens, write({ ...asked, inputs: [] })));
      return write({ ...asked, inputs: fitValues(inputs, room) });
    });
    this.#verifier = isVerified ? new ArgumentVerifier(effects, { ...work, tool, model }) : undefined;
  }

  async run(): Promise<StepOutcome> {
    const outputs: Json[] = [];
    let problem = '';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS;) {
      const turn = await this.#turn();
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
  async #turn() {
    const reply = await this.#effects.callModel({
      role: 'execution',
      model: this.#model,
      request: (marks, tokens) => {
        const tools = this.#calls.functions(this.#inputs, tokens);
        return { messages: this.#conversation.messages(marks, tokensBeside(tokens, tools)), tools };
      },
      about: () => ({ ...this.#about, results: this.#conversation.about() }),
    });
    this.#conversation.addReply(reply);
    // Asked to call it all the same, the model would make the call to which a person said no.
    if (reply.toolCalls.length === 0 && this.#declined !== undefined) {
      return { kind: 'gave up' as const, stop: this.#declined };
    }
    if (reply.toolCalls.length === 0) {
      const otherwise = this.#verifier === undefined ? ', or ask_user when a value is missing' : '';
      const text = `Do the task by calling ${this.#calls.names[0]}${otherwise}.`;
      this.#conversation.addUser(text);
      return { kind: 'turn' as const, outputs: [], answered: false, problem: 'the model did not call the tool' };
    }
    const outputs: Json[] = [];
    let answered = false;
    let problem: string | undefined;
    this.#declined = undefined;
    const calls = distinctCalls(reply.toolCalls);
    const doubts = await this.#doubtsAbout(calls);
    for (const [index, { call, ids }] of calls.entries()) {
      const following = calls.slice(index + 1).map((next) => next.call);
      const made = await this.#calls.handle(call, this.#inputs, { following, doubts: doubts?.get(call) });
      if (made.kind === 'stop') return made;
      if (made.kind === 'output') outputs.push(made.value);
      else if (made.kind === 'answered' || made.kind === 'read') answered = true;
      else problem = made.text;
      if (made.kind === 'declined') this.#declined = made.stop;
      const text = toldOf(made);
      this.#results.push(text);
      const short = made.kind === 'read' ? READ_BEFORE : text;
      for (const id of ids) this.#conversation.addReturned(id, { text, short, isRefusal: made.kind === 'refused' });
    }
    return { kind: 'turn' as const, outputs, answered, problem };
  }

  /** Undefined where nothing is traced. */
  async #doubtsAbout(calls: readonly DistinctCall[]): Promise<ReadonlyMap<ModelToolCall, Doubts> | undefined> {
    if (this.#verifier === undefined) return undefined;
    const written: WrittenCall[] = [];
    for (const { call } of calls) {
      written.push({ call, args: await this.#calls.writtenIn(call, this.#inputs) });
    }
    return this.#verifier.doubtsAbout(written, this.#results);
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
    case 'read':
    case 'answered':
    case 'refused':
    case 'declined':
      return reply.text;
  }
}
