// How quickly the pages of `portia serve` answer, beside a page of the same bytes that the same kind of server has ready.
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

import {
  BARE,
  bench,
  env,
  folder,
  isWanted,
  median,
  node,
  nodeAside,
  portia,
  processorRatio,
  time,
  usageIn,
  usageTold,
} from './measure.js';
import { compute, loop, runPlan } from './projects.js';

const beside = (page) => `${page} / a static page of its size`;
const [START, INBOX, RUN, FLAT, LIVE, MEMORY] = [
  'portia serve until its address is printed / bare node',
  beside('inbox of 1,000 questions of 1,000 runs'),
  beside('page of a run of 10,000 steps in a loop'),
  beside('page of a run of 10,000 steps below each other'),
  'an event of another process until an open page has it, in ms',
  'portia serve after all of it, MB of memory',
];
const PAGES = [INBOX, RUN, FLAT, LIVE, MEMORY];
const STARTS = 9;
const REQUESTS = 60;
/** Answers that an open page hears of. */
const ANSWERS = 9;
/** What is asked for first, until its code is compiled. */
const WARM_UP = 100;
const ASK = { kind: 'user_input', message: 'Which?', output: '$which' };

export async function measureServe() {
  if (isWanted('serve', START)) {
    const ratio = await startRatio();
    bench('serve', START, 3, () => ratio);
  }
  if (!PAGES.some((name) => isWanted('serve', name))) return;
  runOften([ASK], 1_000);
  const steps = { [RUN]: loop(10_000), [FLAT]: Array.from({ length: 10_000 }, (_, at) => compute('1', `$n${at}`)) };
  const server = await serve();
  try {
    for (const [name, limit] of [
      [INBOX, 3],
      [RUN, 10],
      [FLAT, 10],
    ]) {
      if (!isWanted('serve', name) && !isWanted('serve', MEMORY)) continue;
      const path = name === INBOX ? '/inbox' : `/runs/${runPlan(steps[name]).id}`;
      const ratio = await besideStatic(server, path);
      bench('serve', name, limit, () => ratio);
    }
    if (isWanted('serve', LIVE)) {
      const ms = await liveMs(server);
      bench('serve', LIVE, 200, () => ms);
    }
    const { megabytes } = await server.end();
    bench('serve', MEMORY, 150, () => megabytes);
  } finally {
    await server.end();
  }
}

/** By the clock, or by processor time where that is less, because the machine had other things to do. */
async function startRatio() {
  const pairs = [];
  for (let run = 0; run < STARTS; run += 1) {
    const { ms, end } = await serve();
    await end();
    pairs.push(ms / time(BARE));
  }
  // With --check it ends there, before it loads the pages.
  return Math.min(median(pairs), processorRatio(portia('serve', '--check'), BARE, STARTS));
}

/** So many runs of a plan that pauses. */
function runOften(steps, count) {
  writeFileSync(
    join(folder, 'often.mjs'),
    `import { Portia } from ${JSON.stringify(pathToFileURL(resolve('dist/index.js')))};
     const portia = new Portia({ dir: ${JSON.stringify(folder)} });
     const plan = { plan_context: { query: 'bench', tool_ids: [] }, steps: ${JSON.stringify(steps)} };
     for (let run = 0; run < ${count}; run += 1) {
       const { state, error } = await portia.runPlan(plan);
       if (state !== 'NEED_CLARIFICATION') throw new Error(error?.message);
     }`,
  );
  node(['often.mjs']);
}

/** A server of the project. `ms`: until its address was printed; `end`: gives what it used. */
function serve() {
  return started([...portia('serve', '--json')], /"url": "([^"]+)"/);
}

/** A process that prints its address. */
async function started(args, address) {
  const start = performance.now();
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, ['--require', usageTold(), ...args], { cwd: folder, env, stdio });
  const closed = once(child, 'close');
  endsWithThis(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  let url;
  while ((url = address.exec(said.stdout)?.[1]) === undefined) {
    const [text] = await Promise.race([once(child.stdout, 'data'), closed]);
    if (typeof text !== 'string') throw new Error(`${args.join(' ')} ended: ${said.stderr}`);
  }
  const ms = performance.now() - start;
  const end = async () => {
    child.kill('SIGINT');
    await closed;
    return usageIn(said.stderr);
  };
  return { url, ms, end };
}

/** However the measuring ends, what it started ends, too. */
function endsWithThis(child) {
  const end = () => child.kill();
  process.on('exit', end);
  child.on('close', () => process.off('exit', end));
}

/** How long a page takes beside one of the same bytes that lies ready, by the clock: asked for in turn. */
async function besideStatic({ url }, path) {
  const { origin } = new URL(url);
  const entered = await asked(url);
  const cookie = entered.headers['set-cookie'][0].split(';')[0];
  const page = () => asked(origin + path, { cookie });
  const { status, body } = await page();
  if (status !== 200) throw new Error(`${path}: ${status}`);
  const ready = await serveReady(body);
  try {
    const pairs = [];
    for (let turn = 0; turn < WARM_UP + REQUESTS; turn += 1) {
      const [own, other] = [await page(), await asked(ready.url, { cookie })];
      if (turn >= WARM_UP) pairs.push(own.ms / other.ms);
    }
    return median(pairs);
  } finally {
    await ready.end();
  }
}

/** How long after an answer is recorded elsewhere the page of its run that was loaded anew has it, by the clock. */
async function liveMs({ url }) {
  const { origin } = new URL(url);
  const cookie = (await asked(url)).headers['set-cookie'][0].split(';')[0];
  // As the script of the page asks.
  const headers = { cookie, 'sec-fetch-mode': 'cors' };
  const took = [];
  for (const id of readdirSync(join(folder, 'runs')).filter(isRunFolder).slice(0, ANSWERS)) {
    const hint = await listening(`${origin}/events?run=${id}`, headers);
    const answering = nodeAside(portia('answer', id, 'which=this one'));
    while (!String((await asked(`${origin}/runs/${id}`, headers)).body).includes('this one')) await hint.next();
    took.push(Date.now() - Date.parse(resolvedAt(id)));
    hint.end();
    await answering;
  }
  return median(took);
}

const isRunFolder = (name) => /^prun-[0-9a-f-]+$/.test(name);

function resolvedAt(id) {
  const lines = readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line)).findLast(({ type }) => type === 'clarification.resolved').ts;
}

/** The words that a server sends to an open page: `next` resolves once there is another one. */
function listening(url, headers) {
  return new Promise((done, reject) => {
    const request = get(url, { headers }, (response) => {
      const words = on(response, 'data');
      done({ next: () => words.next(), end: () => request.destroy() });
    }).on('error', reject);
  });
}

/** The same kind of server, with the headers of a page of portia, and with nothing to do for it. */
function serveReady(body) {
  writeFileSync(join(folder, 'ready.html'), body);
  const from = (name) => JSON.stringify(pathToFileURL(resolve('node_modules', name)));
  writeFileSync(
    join(folder, 'ready.mjs'),
    `import { readFileSync } from 'node:fs';
     import { createAdaptorServer } from ${from('@hono/node-server/dist/index.mjs')};
     import { Hono } from ${from('hono/dist/index.js')};
     import { secureHeaders } from ${from('hono/dist/middleware/secure-headers/index.js')};
     const page = readFileSync('ready.html', 'utf8');
     const app = new Hono();
     app.use(secureHeaders());
     app.get('/', (context) => context.html(page));
     const server = createAdaptorServer({ fetch: app.fetch });
     server.listen(0, '127.0.0.1', () => console.log(\`http://127.0.0.1:\${server.address().port}/\`));
     process.on('SIGINT', () => process.exit());`,
  );
  return started([join(folder, 'ready.mjs')], /^(http\S+)$/m);
}

const agent = new Agent({ keepAlive: true });

/** What an address answers, and after how many milliseconds all of it was here. */
function asked(url, headers = {}) {
  const start = performance.now();
  return new Promise((done, reject) => {
    get(url, { agent, headers }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => {
        const body = Buffer.concat(pieces);
        done({ status: response.statusCode, headers: response.headers, body, ms: performance.now() - start });
      });
    }).on('error', reject);
  });
}
