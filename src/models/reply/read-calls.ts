import { isJsonObject, type Json } from '../../domain/values/json.js';
import { jsonTypesOf } from '../../domain/values/value-types.js';
import { readingsOf } from '../../domain/values/fit-value.js';
import { mendArguments } from './call-arguments.js';
import type { WrittenCall } from './call-forms.js';
import { offeredFunction, sendableName } from './call-names.js';
import type { ModelTool, ModelToolCall } from '../model.js';
import { findWrittenCalls } from './written-calls.js';

/** A turn as the server gave it: `channels` are calls that it left in channels of the text. */
interface Turn {
  text: string;
  toolCalls: ModelToolCall[];
  channels: WrittenCall[];
}

/** The calls as they are meant, with what was said beside them. */
export type ReadTurn =
  | { kind: 'turn'; text: string; toolCalls: ModelToolCall[]; isFromText: boolean }
  /** A call stands in the text, and it cannot be read, or nothing can be called. */
  | { kind: 'mistake'; why: string };

/**
 * Finds the calls of a turn, also those that were written as text, under the names that the request offers and with
 * arguments that are JSON where they can be mended. A name that is not offered stays one, for the model to be told.
 */
export async function readCalls({ text, toolCalls, channels }: Turn, tools: readonly ModelTool[]): Promise<ReadTurn> {
  if (toolCalls.length > 0) {
    const meant = await Promise.all(toolCalls.map(async (call) => ({ ...call, ...(await asMeant(call, tools)) })));
    return { kind: 'turn', text, toolCalls: meant, isFromText: false };
  }
  const found =
    channels.length > 0
      ? { kind: 'calls' as const, calls: channels, beside: text }
      : await findWrittenCalls(text, tools);
  // Where nothing can be called, a text with words of its own is an answer about calls.
  const isAnswer = found.kind === 'none' || (tools.length === 0 && found.beside.trim() !== '');
  if (isAnswer) return { kind: 'turn', text, toolCalls, isFromText: false };
  if (tools.length === 0) return { kind: 'mistake', why: 'It calls a function, and none is offered.' };
  if (found.kind === 'unreadable') return { kind: 'mistake', why: 'It has a call in its text that cannot be read.' };
  const calls = found.calls.map(async (call, index) => ({ id: `call_${index}`, ...(await asMeant(call, tools)) }));
  return { kind: 'turn', text: found.beside, toolCalls: await Promise.all(calls), isFromText: true };
}

async function asMeant(call: WrittenCall, tools: readonly ModelTool[]): Promise<{ name: string; arguments: string }> {
  const tool = offeredFunction(call.name, tools);
  const written = typeof call.arguments === 'string' ? call.arguments : valuesOf(call.arguments, tool);
  return { name: tool?.name ?? sendableName(call.name), arguments: await mendArguments(written) };
}

/** Values that are written one by one are texts where the function takes texts, and else what they spell. */
function valuesOf(written: Record<string, string>, tool: ModelTool | undefined): string {
  const properties = tool?.parameters['properties'];
  const valueOf = (name: string, text: string): Json => {
    const schema = isJsonObject(properties) ? properties[name] : undefined;
    const types = isJsonObject(schema) ? jsonTypesOf(schema) : undefined;
    return types?.has('string') ? text : (readingsOf(text)[0]?.value ?? text);
  };
  return JSON.stringify(Object.fromEntries(Object.entries(written).map(([name, text]) => [name, valueOf(name, text)])));
}
