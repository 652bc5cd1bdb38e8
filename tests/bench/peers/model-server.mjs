// A model that calls the first tool ten times, or answers in a given form. Prints its address.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const FORM = { city: 'Oslo', people: 700_000 };

function messageTo({ messages, tools = [] }) {
  const asks = JSON.stringify(messages);
  const results = messages.filter(({ role }) => role === 'tool').length;
  if (asks.includes('Which city?')) return tools.length > 0 ? call(tools[0], FORM, 0) : say(JSON.stringify(FORM));
  return results < 10 ? call(tools[0], { a: results, b: 1 }, results) : say('The sum is 10.');
}

const say = (content) => ({ role: 'assistant', content });
const call = (tool, given, number) => ({
  ...say(null),
  tool_calls: [
    {
      id: `call_${number}`,
      type: 'function',
      function: { name: tool.function.name, arguments: JSON.stringify(given) },
    },
  ],
});

let replies = 0;

async function reply(request, response) {
  const body = await json(request);
  const message = messageTo(body);
  replies += 1;
  const head = { id: `reply_${replies}`, created: 1, model: body.model };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const finish_reason = message.tool_calls === undefined ? 'stop' : 'tool_calls';
  if (body.stream !== true) {
    response.setHeader('content-type', 'application/json');
    const choices = [{ index: 0, message, finish_reason }];
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
    return;
  }
  response.setHeader('content-type', 'text/event-stream');
  const delta = { ...message, tool_calls: message.tool_calls?.map((one, index) => ({ index, ...one })) };
  const chunk = (more) => `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`;
  response.write(chunk({ choices: [{ index: 0, delta, finish_reason: null }] }));
  response.end(`${chunk({ choices: [{ index: 0, delta: {}, finish_reason }], usage })}data: [DONE]\n\n`);
}

const server = createServer((request, response) => void reply(request, response));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/v1`));
