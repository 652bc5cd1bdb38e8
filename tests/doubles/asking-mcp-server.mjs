// A server of one tool, `book`, that asks before it books: by the revision that its first argument names. What it did is
// in the file of ACTED, a line for each booking and for each call.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , revision, mode = 'form'] = process.argv;
const isNew = revision >= '2026-07-28';
const acted = process.env.ACTED;
const note = (line) => appendFileSync(acted, `${line}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

const schema = {
  type: 'object',
  properties: {
    seat: { type: 'string', enum: ['aisle', 'window'], title: 'Seat' },
    meals: { type: 'integer', minimum: 0 },
  },
  required: ['seat', 'meals'],
};
const FORM = { mode: 'form', message: 'Which seat?', requestedSchema: schema };
const PAGE = { mode: 'url', message: 'Log in first.', url: 'https://login.example.com/?id=1', elicitationId: 'one' };
const CONSENT = { mode: 'form', message: 'Book it?', requestedSchema: { type: 'object', properties: {} } };
/** What is asked, one after the other. */
const ROUNDS = { form: [FORM], url: [PAGE], two: [FORM, CONSENT] }[mode] ?? [FORM];

const waiting = new Map();
let asked = 0;

/** By the older revisions: a request to the client, while its call waits. */
function elicit(params) {
  asked += 1;
  const id = `question-${asked}`;
  send({ id, method: 'elicitation/create', params });
  return new Promise((resolve) => waiting.set(id, resolve));
}

function booked(id, answers) {
  note(`booked ${JSON.stringify(answers)}`);
  send({
    id,
    result: {
      content: [{ type: 'text', text: `booked ${JSON.stringify(answers)}` }],
      ...(isNew && { resultType: 'complete' }),
    },
  });
}

function refused(id, why) {
  send({
    id,
    result: { content: [{ type: 'text', text: why }], isError: true, ...(isNew && { resultType: 'complete' }) },
  });
}

async function callOld(id) {
  const answers = [];
  for (const round of ROUNDS) {
    if (mode === 'error')
      return send({ id, error: { code: -32042, message: 'Log in first.', data: { elicitations: [PAGE] } } });
    const { action, content } = await elicit(round);
    if (action !== 'accept') return refused(id, `nothing was booked: ${action}`);
    answers.push(content ?? 'done');
  }
  return booked(id, answers);
}

function callNew(id, { inputResponses = {}, requestState }) {
  const before = requestState === undefined ? [] : JSON.parse(requestState);
  const { [`round-${before.length}`]: response } = inputResponses;
  if (requestState !== undefined && response?.action !== 'accept')
    return refused(id, `nothing was booked: ${response?.action}`);
  const answers = requestState === undefined ? [] : [...before.slice(0, -1), response.content ?? 'done'];
  if (answers.length === ROUNDS.length) return booked(id, answers);
  const key = `round-${answers.length + 1}`;
  const state = JSON.stringify([...answers, null]);
  const inputRequests = { [key]: { method: 'elicitation/create', params: ROUNDS[answers.length] } };
  return send({ id, result: { resultType: 'input_required', inputRequests, requestState: state } });
}

const TOOL = {
  name: 'book',
  description: 'Books a seat.',
  inputSchema: { type: 'object', properties: { flight: { type: 'string' } }, required: ['flight'] },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {}, result } = JSON.parse(line);
  if (method === undefined) waiting.get(id)?.(result);
  else if (method === 'server/discover' && isNew) {
    send({
      id,
      result: {
        resultType: 'complete',
        supportedVersions: [revision],
        capabilities: { tools: {} },
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'asking', version: '1.0.0' } },
        ttlMs: 0,
        cacheScope: 'private',
      },
    });
  } else if (method === 'initialize' && !isNew) {
    send({
      id,
      result: {
        protocolVersion: revision,
        capabilities: { tools: {} },
        serverInfo: { name: 'asking', version: '1.0.0' },
      },
    });
  } else if (method === 'tools/list') {
    send({ id, result: { tools: [TOOL], ...(isNew && { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }) } });
  } else if (method === 'tools/call') {
    note('called');
    if (isNew) callNew(id, params);
    else void callOld(id);
  } else if (id !== undefined) send({ id, error: { code: -32601, message: `Method not found: ${method}` } });
}
