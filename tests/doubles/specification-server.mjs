// A server that answers with the messages that the specification itself has as examples: `node specification-server.mjs
// REVISION NAME`. NAME is that of a reply in `specification/REVISION.json`, which each call gets, or of a question, which a
// call asks before it answers with the text. What it hears of an answer is in the file of ACTED, a line each.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , revision, name] = process.argv;
const recorded = JSON.parse(readFileSync(new URL(`specification/${revision}.json`, import.meta.url), 'utf8'));
const isNew = 'server/discover' in recorded.begin;
const question = recorded.questions[name];
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const note = (heard) => appendFileSync(process.env.ACTED, `${JSON.stringify(heard)}\n`);

function list({ cursor }) {
  const { first_page: page, tools } = recorded;
  if (cursor === undefined) return page;
  const { nextCursor: _last, ...rest } = page;
  return { ...rest, tools };
}

function call(id, { inputResponses, requestState }) {
  if (question !== undefined && isNew && inputResponses === undefined) {
    const inputRequests = { asked: { method: 'elicitation/create', params: question.params } };
    return send({ id, result: { resultType: 'input_required', inputRequests, requestState: 'kept' } });
  }
  if (question !== undefined && !isNew) {
    return send({ id: `asked by ${id}`, method: 'elicitation/create', params: question.params });
  }
  if (inputResponses !== undefined || requestState !== undefined) note({ inputResponses, requestState });
  const isOver = question !== undefined || requestState !== undefined;
  return send({ id, ...recorded.replies[isOver ? 'text' : name] });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {}, result } = JSON.parse(line);
  const [, asking] = /^asked by (.*)$/.exec(id) ?? [];
  if (asking !== undefined) {
    note(result);
    const reply = result.action === 'accept' ? recorded.replies.text : { result: { content: [], isError: true } };
    send({ id: Number(asking), ...reply });
  } else if (method in recorded.begin) send({ id, result: recorded.begin[method] });
  else if (method === 'tools/list') send({ id, result: list(params) });
  else if (method === 'tools/call') call(id, params);
  else if (id !== undefined) send({ id, error: { code: -32601, message: `Method not found: ${method}` } });
}
