// A server with OpenAI's chat completions around a real model. It runs where the package of the model's engine is:
// node weak-model-server.mjs FILE.gguf. Prints its base URL, then one line for each request.
import { createServer } from 'node:http';

import { getLlama, LlamaChat } from 'node-llama-cpp';

const [, , modelPath] = process.argv;
const CONTEXT = 4096;
const LONGEST_REPLY = 160;

// Nothing is built or fetched: the engine is the one that came with its package.
const llama = await getLlama({ build: 'never', skipDownload: true, gpu: false, progressLogs: false, maxThreads: 1 });
const model = await llama.loadModel({ modelPath });
// Threads wait for each other: on a busy machine one is the fastest.
const context = await model.createContext({ contextSize: CONTEXT, threads: 1 });
const chat = new LlamaChat({ contextSequence: context.getSequence() });

/** An error as OpenAI words it. */
class Refusal extends Error {
  constructor(status, message, code = null) {
    super(message);
    this.status = status;
    this.body = { error: { message, type: 'invalid_request_error', code } };
  }
}

/** The messages as the engine keeps a chat; the results of functions stand beside their calls. */
function toHistory(messages) {
  const results = new Map(messages.filter(({ role }) => role === 'tool').map((m) => [m.tool_call_id, m.content]));
  const history = [];
  for (const { role, content, tool_calls: calls = [] } of messages) {
    if (role === 'system') history.push({ type: 'system', text: content });
    if (role === 'user') history.push({ type: 'user', text: content });
    if (role === 'assistant') {
      const called = calls.map(({ id, function: { name, arguments: args } }) => ({
        type: 'functionCall',
        name,
        params: argumentsOf(args),
        result: results.get(id) ?? '',
      }));
      history.push({ type: 'model', response: [...(content ? [content] : []), ...called] });
    }
  }
  return history.at(-1)?.type === 'model' ? history : [...history, { type: 'model', response: [] }];
}

function argumentsOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

async function grammarFor(format) {
  if (format === undefined) return undefined;
  const schema = format.type === 'json_schema' ? format.json_schema.schema : { type: 'object' };
  if (format.type === 'json_schema' && schema.type !== 'object') {
    throw new Refusal(400, `Invalid schema for response_format: the root must be of type 'object'.`);
  }
  try {
    return await llama.createGrammarForJsonSchema(schema);
  } catch (error) {
    throw new Refusal(400, `response_format: the grammar cannot be built: ${error.message}`);
  }
}

function functionsFor(tools) {
  if (tools === undefined) return undefined;
  return Object.fromEntries(
    tools.map(({ function: f }) => [f.name, { description: f.description, params: f.parameters }]),
  );
}

async function complete({
  messages,
  tools,
  response_format: format,
  temperature = 0,
  max_tokens: most = LONGEST_REPLY,
}) {
  const prompt = model.tokenize(JSON.stringify([messages, tools ?? []])).length;
  if (prompt + most > CONTEXT) {
    const message = `the request has ${prompt} tokens, which exceeds the available context size (${CONTEXT} tokens)`;
    throw new Refusal(400, message, 'context_length_exceeded');
  }
  const grammar = await grammarFor(format);
  const functions = grammar === undefined ? functionsFor(tools) : undefined;
  const {
    response,
    functionCalls = [],
    metadata,
  } = await chat.generateResponse(toHistory(messages), {
    functions,
    grammar,
    temperature,
    seed: 1,
    maxTokens: Math.min(most, LONGEST_REPLY),
    documentFunctionParams: true,
  });
  const calls = functionCalls.map(({ functionName, params }, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name: functionName, arguments: JSON.stringify(params ?? {}) },
  }));
  const end = metadata.stopReason === 'maxTokens' ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop';
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'smollm2-135m',
    choices: [
      {
        index: 0,
        finish_reason: end,
        message: { role: 'assistant', content: response, ...(calls.length > 0 && { tool_calls: calls }) },
      },
    ],
    usage: { prompt_tokens: prompt, completion_tokens: model.tokenize(response).length },
  };
}

/** One request at a time: there is one context. */
let last = Promise.resolve();

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const answer = async () => {
      if (request.url !== '/v1/chat/completions') throw new Refusal(404, `there is nothing at ${request.url}`);
      return complete(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    };
    last = last.then(answer).then(
      (body) => send(response, 200, body),
      (error) => send(response, error.status ?? 500, error.body ?? { error: { message: String(error) } }),
    );
  });
});

function send(response, status, body) {
  process.stdout.write(`${JSON.stringify({ status, ...(status === 200 ? body.choices[0] : body) })}\n`);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}/v1\n`));
// Ends with whoever started it.
process.stdin.on('end', () => server.close(() => llama.dispose())).resume();
