import { defineTool, type Json, type JsonObject, type Model, type ModelReply, type Tool } from '../../../src/index.js';
import { isJsonObject } from '../../../src/domain/values/json.js';
import * as z from 'zod';

import type { World } from './benchmark-case.js';
import { BENCHMARK_TOOLS, type BenchmarkTool } from './benchmark-tools.js';

export type Traced = { call: string; args: JsonObject } | { asked: string; answer: Json };

/** Those of the tools that are not built in: each call is added to the trace, and answered by the world. */
export function scriptedTools(ids: readonly string[], { tools: world = {} }: World, trace: Traced[]): Tool[] {
  return ids.flatMap((id) => {
    const tool = BENCHMARK_TOOLS.get(id);
    return tool === undefined ? [] : scriptedTool(tool, world[id] ?? tool.gives, trace);
  });
}

function scriptedTool(tool: BenchmarkTool, answers: Json, trace: Traced[]): Tool {
  const key = isJsonObject(answers) && typeof answers['$by'] === 'string' ? answers['$by'] : undefined;
  return defineTool({
    ...{ id: tool.id, name: tool.id, description: tool.description, effect: tool.effect },
    args: argumentsOf(tool),
    run: (_context, given) => {
      const args = given as JsonObject;
      const earlier = trace.filter(
        (one) => 'call' in one && one.call === tool.id && (key === undefined || one.args[key] === args[key]),
      );
      trace.push({ call: tool.id, args });
      return answer(answers, args, earlier.length);
    },
  });
}

function argumentsOf({ args }: BenchmarkTool) {
  const read = z.fromJSONSchema(args);
  if (!(read instanceof z.ZodObject)) throw new Error('The arguments of a tool are an object.');
  return read;
}

/**
 * `{$by: ARGUMENT, $of: {VALUE: …}, $else: …}` depends on an argument, `{$in_turn: […]}` on how many calls there were
 * (the last one stays), `{$fails: MESSAGE}` is a failure that may be tried again; everything else is the result.
 */
function answer(found: Json, args: JsonObject, earlier: number): Json | Failure {
  if (!isJsonObject(found)) return found;
  const { $by: by, $of: of, $else: otherwise = null, $in_turn: turns, $fails: message } = found;
  if (typeof by === 'string' && isJsonObject(of)) return answer(of[String(args[by])] ?? otherwise, args, earlier);
  if (Array.isArray(turns)) return answer(turns[Math.min(earlier, turns.length - 1)] ?? null, args, earlier);
  if (typeof message === 'string') return { kind: 'failure', message, retryable: true, notDone: true };
  return found;
}

type Failure = { kind: 'failure'; message: string; retryable: boolean; notDone: boolean };

/** The execution model: the first entry whose task is in the request replies, the n-th reply in the n-th turn. */
export function scriptedModel({ model = [] }: World): Model {
  return {
    id: 'test/scripted',
    complete({ messages }) {
      const asked = messages.flatMap(({ role, text }) => (role === 'user' ? text : [])).join('\n');
      const entry = model.find(({ task }) => asked.includes(task));
      if (entry === undefined) return Promise.reject(new Error(`The world has no reply to: ${asked}`));
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      return Promise.resolve(replyOf(entry.replies[Math.min(turn, entry.replies.length - 1)] ?? null, turn));
    },
  };
}

/** `{$calls: [[FUNCTION, ARGUMENTS], …]}` calls functions; everything else is what the model says. */
function replyOf(reply: Json, turn: number): ModelReply {
  const usage = { calls: 1, input_tokens: 10, output_tokens: 10 };
  const calls = isJsonObject(reply) && Array.isArray(reply['$calls']) ? reply['$calls'] : undefined;
  if (calls === undefined)
    return { text: typeof reply === 'string' ? reply : JSON.stringify(reply), toolCalls: [], usage };
  const toolCalls = calls.flatMap((call, index) =>
    Array.isArray(call)
      ? [{ id: `call_${turn}_${index}`, name: String(call[0]), arguments: JSON.stringify(call[1]) }]
      : [],
  );
  return { text: '', toolCalls, usage };
}
