import { cutText } from '../../domain/values/cut-text.js';
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { PLAIN_MARKS, withMarks, type MarkedText, type Marks } from '../../domain/values/marks.js';
import type { ModelToolCall } from '../../models/model.js';
import type { Tool } from '../../tools/tool.js';
import { aboutWork } from '../about-work.js';
import type { Effects } from '../effects.js';
import type { AgentWork } from '../prompts/agent-work.js';
import { fitValues, roomOfAgent, tokensBeside } from '../prompts/fit-values.js';
import { toMessages } from '../prompts/prompt.js';
import { verificationMessages } from '../prompts/verification-prompt.js';
import { schemaShape } from '../reply-shape.js';
import type { Doubts } from '../tool-arguments.js';

/** A call, and the arguments of it that its model wrote itself. */
export interface WrittenCall {
  call: ModelToolCall;
  args: JsonObject;
}

/** One argument of one of the calls of a reply. */
interface Written {
  call: ModelToolCall;
  name: string;
  label: string;
  value: Json;
}

const VERDICT: JsonSchema = {
  type: 'object',
  properties: { reason: { type: 'string' }, made_up: { type: 'boolean' } },
  required: ['reason', 'made_up'],
  additionalProperties: false,
};

/** Characters of a value, and of a reason, that a question shows. */
const MAX_SHOWN = 300;

/** Traces the arguments that a model wrote, before anything is done with them. */
export class ArgumentVerifier {
  readonly #effects: Effects;
  readonly #work: Omit<AgentWork, 'marks'> & { tool: Tool; model: string | undefined };

  constructor(effects: Effects, work: Omit<AgentWork, 'marks'> & { tool: Tool; model: string | undefined }) {
    this.#effects = effects;
    this.#work = work;
  }

  /**
   * Which arguments cannot be traced, and why, for each call: one model call for all of them, none where there is nothing
   * to trace. `results`: what the calls before them gave.
   */
  async doubtsAbout(
    calls: readonly WrittenCall[],
    results: readonly MarkedText[],
  ): Promise<ReadonlyMap<ModelToolCall, Doubts>> {
    const doubts = new Map(calls.map(({ call }) => [call, new Map<string, string>()]));
    const written = calls.flatMap(({ call, args }, index) =>
      Object.entries(args).map(([name, value]): Written => {
        const label = calls.length === 1 ? name : `${name} of call ${index + 1}`;
        return { call, name, label, value };
      }),
    );
    if (written.length === 0) return doubts;
    const verdicts = await this.#ask(written, results);
    for (const { call, name, label, value } of written) {
      const verdict = verdicts[label];
      if (isJsonObject(verdict) && verdict['made_up'] === false) continue;
      doubts.get(call)?.set(name, reasonOf(value, verdict));
    }
    return doubts;
  }

  async #ask(written: readonly Written[], results: readonly MarkedText[]): Promise<JsonObject> {
    const { tool, model, ...work } = this.#work;
    const labels = written.map(({ label }) => label);
    const schema: JsonSchema = {
      type: 'object',
      properties: Object.fromEntries(labels.map((label) => [label, VERDICT])),
      required: labels,
      additionalProperties: false,
    };
    const about = { id: tool.id, description: tool.description, schema: tool.inputSchema() };
    const reply = await this.#effects.callModel({
      role: 'execution',
      purpose: 'verification',
      model,
      request: (marks, tokens) => {
        const asked = { ...work, marks, tool: about, written };
        const bare = verificationMessages({ ...asked, inputs: [], results: [] });
        const room = roomOfAgent(tokensBeside(tokens, [bare, schema]));
        const known = { inputs: fitValues(work.inputs, room), results: newest(results, marks, room.all) };
        return { messages: toMessages(verificationMessages({ ...asked, ...known })) };
      },
      about: () => ({
        ...aboutWork(work),
        results: [
          ...results.map((result) => withMarks(result, PLAIN_MARKS)),
          ...written.map(({ label, value }) => [label, value]),
        ],
      }),
      shape: await schemaShape(this.#effects.context.services, 'verification', schema),
    });
    return isJsonObject(reply.value) ? reply.value : {};
  }
}

/** The newest of the results, as far as there is room. */
function newest(results: readonly MarkedText[], marks: Marks, most: number): string[] {
  let left = most;
  const texts = results.map((result) => withMarks(result, marks)).toReversed();
  return texts.filter((text) => (left -= JSON.stringify(text).length) >= 0).toReversed();
}

function reasonOf(value: Json, verdict: Json | undefined): string {
  const reason = isJsonObject(verdict) ? verdict['reason'] : undefined;
  const why = typeof reason === 'string' && reason.trim() !== '' ? `: ${cutText(reason.trim(), MAX_SHOWN)}` : '.';
  return `The model wrote ${cutText(JSON.stringify(value), MAX_SHOWN)}, which cannot be traced${why}`;
}
