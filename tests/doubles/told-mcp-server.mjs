// A server that says what it is told: the variable TOLD names a file with {serverInfo, instructions, tools, replies}, which
// is read for each message. A reply is the result of a call, by the name of the tool; with `error` that is answered, and
// `progress` comes before, and `asks` (an elicitation) in its place; with `waits` the call never ends. Calls of tools
// without a reply leave a line in the file of ACTED.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { TOLD, ACTED } = process.env;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const told = () => JSON.parse(readFileSync(TOLD, 'utf8'));
const done = { content: [{ type: 'text', text: 'done' }], structuredContent: {} };

/** The call that waits for an answer. */
let asking;

function call({ id, params: { name, arguments: args, _meta: meta = {} } }) {
  const { replies = {} } = told();
  const reply = replies[name];
  if (reply === undefined) appendFileSync(ACTED, `${JSON.stringify({ name, args })}\n`);
  const { asks, waits, progress, error, ...result } = reply ?? done;
  if (progress !== undefined && meta.progressToken !== undefined) {
    const params = { progressToken: meta.progressToken, progress: 1, message: progress };
    send({ method: 'notifications/progress', params });
  }
  if (asks === undefined) return send(error === undefined ? { id, result } : { id, error });
  if (waits !== true) asking = id;
  return send({ id: 'question', method: 'elicitation/create', params: asks });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line);
  const { serverInfo = { name: 'told', version: '1.0.0' }, instructions, tools } = told();
  if (method === 'initialize') {
    const capabilities = { tools: { listChanged: true } };
    send({ id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo, instructions } });
  } else if (method === 'tools/list') send({ id, result: { tools } });
  else if (method === 'tools/call') call({ id, params });
  else if (id === 'question' && asking !== undefined) {
    send({ id: asking, error: { code: -32603, message: 'nobody answered' } });
    asking = undefined;
  } else if (id !== undefined && method !== undefined) {
    send({ id, error: { code: -32601, message: `Method not found: ${method}` } });
  }
}
