import { digestValue } from '../../domain/values/digest.js';
import { MARK_BYTES, marksOf } from '../../domain/values/marks.js';
import { functionsPrompt } from './functions-prompt.js';
import { withInstruction } from './message-order.js';
import type { ModelMessage, ModelRequest, ModelToolCall } from '../model.js';

/**
 * A request for a model that takes no functions: they are described in the system message, and calls and results are
 * written as text, in the form in which most models learnt it. Calls in the reply's text are read like any other.
 */
export function inWords({ messages, tools = [], ...request }: ModelRequest): ModelRequest {
  if (tools.length === 0) return { messages, ...request };
  // No text holds its own digest. The same tools give the same words, so that a server can keep what it has read of them.
  const marks = marksOf(digestValue(tools).slice(-2 * MARK_BYTES));
  return { ...request, messages: withInstruction(messages.map(writtenOut), functionsPrompt(tools, marks)) };
}

function writtenOut(message: ModelMessage): ModelMessage {
  switch (message.role) {
    case 'system':
    case 'user':
      return message;
    case 'assistant':
      return {
        role: 'assistant',
        text: [message.text, ...(message.toolCalls ?? []).map(callText)].join('\n').trim(),
        given: message.given,
      };
    case 'tool':
      return { role: 'user', text: `<tool_response>\n${message.text}\n</tool_response>`, images: message.images };
  }
}

/** The arguments are JSON, as the model wrote it. */
function callText({ name, arguments: text }: ModelToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text}}\n</tool_call>`;
}
