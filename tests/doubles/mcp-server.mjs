// A server of tools whose faults are named by its arguments: node mcp-server.mjs MODE… It speaks the protocol by hand,
// so that it can say what no library lets it say. What it did is in the file of ACTED, a line for each call that acted.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const modes = new Set(process.argv.slice(2));
const acted = process.env.ACTED;
/** At once, as a program ends that breaks. */
const leave = process.exit.bind(process);
const started = process.env.STARTED;
if (started !== undefined) appendFileSync(started, `${process.pid}\n`);

const write = (text) => process.stdout.write(text);
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (words, more = {}) => ({ content: [{ type: 'text', text: words }], ...more });
const object = (properties = {}, required = Object.keys(properties)) => ({ type: 'object', properties, required });

/** Whether this happens for the first time, over all processes. */
function isFirst(name) {
  const mark = `${acted}.${name}`;
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  return true;
}

const TOOLS = [
  {
    name: 'echo',
    description: 'Says it again.',
    inputSchema: object({ text: { type: 'string' } }),
    annotations: { readOnlyHint: true },
  },
  {
    name: 'add',
    description: 'Adds.',
    inputSchema: object({ a: { type: 'number' }, b: { type: 'number' } }),
    outputSchema: object({ sum: { type: 'number' } }),
    annotations: { readOnlyHint: true },
  },
  { name: 'pay', description: 'Pays.', inputSchema: object({ amount: { type: 'number' } }) },
  {
    name: 'put',
    description: 'Puts.',
    inputSchema: object({ key: { type: 'string' } }),
    annotations: { idempotentHint: true },
  },
  { name: 'parts', description: 'Gives parts.', inputSchema: object(), annotations: { readOnlyHint: true } },
  {
    name: 'environment',
    description: 'Gives its variables.',
    inputSchema: object(),
    annotations: { readOnlyHint: true },
  },
  {
    name: 'slow',
    description: 'Takes its time.',
    inputSchema: object({ ms: { type: 'number' } }),
    annotations: { readOnlyHint: true },
  },
  { name: 'fail', description: 'Fails.', inputSchema: object(), annotations: { readOnlyHint: true } },
];

function listed() {
  const tools = TOOLS.map((tool) => ({ ...tool }));
  const [echo] = tools;
  if (modes.has('changes-list') && existsSync(`${acted}.changed`))
    echo.description = 'Says it again, and tells others.';
  if (modes.has('new-description')) echo.description = 'Says it again, and more.';
  if (modes.has('fewer-tools')) tools.shift();
  if (modes.has('duplicate-names')) tools.push({ ...echo, description: 'Another one.' });
  if (modes.has('strange-names')) {
    for (const name of ['__proto__', 'constructor', 'a b', 'a,b', '', 'x'.repeat(200)]) tools.push({ ...echo, name });
  }
  if (modes.has('no-tools-but-texts')) tools.push('tool', null, 7, { description: 'nameless' });
  if (modes.has('invalid-schema')) echo.inputSchema = { type: 'object', properties: { text: { type: 'strange' } } };
  if (modes.has('endless-schema')) echo.inputSchema = { type: 'object', $ref: '#' };
  return tools;
}

function page({ cursor }) {
  const tools = listed();
  if (modes.has('endless-pages')) return { tools, nextCursor: String(Number(cursor ?? 0) + 1) };
  if (!modes.has('pages')) return { tools };
  const from = Number(cursor ?? 0);
  const next = from + 3;
  return { tools: tools.slice(from, next), ...(next < tools.length && { nextCursor: String(next) }) };
}

/** What each mode does in place of an answer to a call. */
const FAULTS = {
  crash: () => leave(3),
  'crash-once': () => {
    if (isFirst('crash')) leave(3);
    return false;
  },
  'killed-mid-call': () => process.kill(process.pid, 'SIGKILL'),
  hang: () => {
    appendFileSync(acted, 'hangs\n');
    return true;
  },
  'closes-output': () => {
    process.stdout.end();
    process.stdin.destroy();
    return true;
  },
  'closes-input': () => {
    process.stdin.destroy();
    setInterval(() => undefined, 1_000);
    return true;
  },
  flood: () => {
    const line = `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(900) } })}\n`;
    for (let lines = 0; lines < 3_000; lines += 1) write(line);
    return false;
  },
  'long-line': ({ id }) => {
    send({ id, result: text('x'.repeat(11 * 1024 * 1024)) });
    return true;
  },
  'huge-result': ({ id }) => {
    const chunk = 'x'.repeat(1024 * 1024);
    write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`);
    for (let megabytes = 0; megabytes < 100; megabytes += 1) write(chunk);
    write('"}]}}\n');
    return true;
  },
  nonsense: () => {
    write('Listening on port 8080\n{"half": \n\u0007\u001b[31mred\n[]\n42\n');
    return false;
  },
  'nonsense-only': () => {
    write('Traceback (most recent call last):\n');
    leave(1);
  },
  'answers-twice': ({ id }) => {
    send({ id, result: text('first') });
    send({ id, result: text('second') });
    return true;
  },
  'other-id': ({ id }) => {
    send({ id: id + 1000, result: text('for another') });
    return true;
  },
  'reuses-id': ({ id }) => {
    send({ id, method: 'ping' });
    return false;
  },
  'no-result': ({ id }) => {
    send({ id });
    return true;
  },
  'strange-result': ({ id }) => {
    send({ id, result: { content: 'text', isError: 'no' } });
    return true;
  },
  'error-answer': ({ id }) => {
    send({ id, error: { code: -32603, message: 'database is down' } });
    return true;
  },
  'invalid-params': ({ id }) => {
    send({ id, error: { code: -32602, message: 'text is too short' } });
    return true;
  },
  'lies-about-output': ({ id }) => {
    send({ id, result: text('{"sum": "many"}', { structuredContent: { sum: 'many' } }) });
    return true;
  },
  'no-structure': ({ id }) => {
    send({ id, result: text('3') });
    return true;
  },
  'large-numbers': ({ id }) => {
    write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"sum":12345678901234567890}}}\n`);
    return true;
  },
  'poisoned-result': ({ id }) => {
    write(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"__proto__":{"admin":true},"sum":1}}}\n`,
    );
    return true;
  },
  'says-changed': () => {
    writeFileSync(`${acted}.changed`, '');
    send({ method: 'notifications/tools/list_changed' });
    return false;
  },
};

const PARTS = [
  { type: 'text', text: 'two parts' },
  { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=', annotations: { audience: ['user'] } },
  { type: 'audio', mimeType: 'audio/wav', data: 'UklGRg==' },
  { type: 'resource_link', uri: 'file:///a.txt', name: 'a.txt', mimeType: 'text/plain' },
  { type: 'resource', resource: { uri: 'file:///b.txt', mimeType: 'text/plain', text: 'in b' } },
  { type: 'resource', resource: { uri: 'file:///c.bin', blob: 'AAE=' } },
];

/** Bytes that are not as they should be. */
const bytes = (length) => Buffer.alloc(length, 'bytes of a server ').toString('base64');
const PARTS_BY_MODE = {
  'many-bytes': Array.from({ length: 400 }, () => ({ type: 'image', mimeType: 'image/png', data: bytes(600) })),
  'huge-bytes': [{ type: 'audio', mimeType: 'audio/wav', data: bytes(12 * 1024 * 1024) }],
  'file-bytes': [{ type: 'resource', resource: { uri: 'file:///c.bin', blob: bytes(90) } }],
  'wrong-base64': [{ type: 'image', mimeType: 'image/png', data: `${bytes(90)} and no Base64: ä` }],
  'lying-type': [{ type: 'image', mimeType: '\u001b[31mtext/html; <b>', data: bytes(90) }],
};

async function call({ id, params }) {
  const { name, arguments: args = {}, _meta: meta = {} } = params;
  if (acted !== undefined && (name === 'pay' || name === 'put'))
    appendFileSync(acted, `${name} ${JSON.stringify(args)}\n`);
  for (const mode of modes) if (FAULTS[mode]?.({ id, params }) === true) return;
  switch (name) {
    case 'add':
      return send({ id, result: text(String(args.a + args.b), { structuredContent: { sum: args.a + args.b } }) });
    case 'parts':
      return send({
        id,
        result: { content: PARTS_BY_MODE[[...modes].find((mode) => mode in PARTS_BY_MODE)] ?? PARTS },
      });
    case 'environment':
      return send({ id, result: text(JSON.stringify(process.env)) });
    case 'slow':
      appendFileSync(acted, 'slow\n');
      for (let done = 1; done <= 3; done += 1) {
        await new Promise((resolve) => setTimeout(resolve, args.ms / 3));
        if (meta.progressToken !== undefined) {
          send({
            method: 'notifications/progress',
            params: { progressToken: meta.progressToken, progress: done, total: 3, message: `part ${done}` },
          });
        }
      }
      return send({ id, result: text('slowly') });
    case 'fail':
      return send({ id, result: text('it is raining', { isError: true }) });
    case 'pay':
      return send({ id, result: text(`paid ${args.amount}`) });
    default:
      return send({ id, result: text(args.text ?? 'done') });
  }
}

function initialize({ id, params }) {
  if (modes.has('refuses-to-begin')) return send({ id, error: { code: -32603, message: 'no licence' } });
  const protocolVersion = modes.has('wrong-version')
    ? '1999-01-01'
    : modes.has('older')
      ? '2025-06-18'
      : params.protocolVersion;
  const capabilities = { tools: { listChanged: true } };
  return send({ id, result: { protocolVersion, capabilities, serverInfo: { name: 'fake', version: '1.0.0' } } });
}

async function answer(message) {
  const { id, method, params = {} } = message;
  if (method === undefined) return undefined;
  if (method === 'notifications/cancelled' && acted !== undefined) appendFileSync(acted, `cancelled\n`);
  if (id === undefined) return undefined;
  if (modes.has('silent')) return undefined;
  if (modes.has('exits-when-asked-first') && method !== 'initialize' && !ready) leave(4);
  if (modes.has('silent-when-asked-first') && method !== 'initialize' && !ready) {
    return appendFileSync(acted, `asked for ${method}\n`);
  }
  switch (method) {
    case 'initialize':
      ready = true;
      return initialize({ id, params });
    case 'tools/list':
      if (modes.has('no-list')) return send({ id, error: { code: -32603, message: 'no list today' } });
      return send({ id, result: page(params) });
    case 'tools/call':
      return call({ id, params });
    case 'ping':
      return send({ id, result: {} });
    default:
      return send({ id, error: { code: -32601, message: `Method not found: ${method}` } });
  }
}

let ready = false;
if (modes.has('exits-at-start')) {
  process.stderr.write('no configuration found\n');
  leave(2);
}
if (modes.has('noisy')) process.stderr.write(`\u001b[2Jready, with the key ${process.env.TOKEN}\n`);
if (modes.has('slow-start')) await new Promise((resolve) => setTimeout(resolve, 700));
if (modes.has('ignores-signals')) process.on('SIGTERM', () => undefined);
if (modes.has('starts-others')) {
  const { spawn } = await import('node:child_process');
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
}
if (modes.has('reads-itself')) readFileSync(new URL(import.meta.url));
for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line));
if (modes.has('ignores-signals')) setInterval(() => undefined, 1000);
