import { onTestFinished } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { isJsonObject, jsonOf } from '../../src/domain/values/json.js';
import { startFaultServer, type Handler } from '../models/fault-server.js';
import { requestProblem, type ChatBody } from '../models/habits/habit.js';
import type { portiaHere } from '../support/portia-here.js';
import { makeProject, type Ended } from '../support/portia.js';
import { sendJson, startServer, type LocalServer } from '../tools/local-server.js';
import { endAt, saying, type Fault, type Patience } from './fault.js';
import type { Place } from './places.js';

const KEY = 'sk-test';
const TOOLS = ['note', 'send'];
const FLAGS = [...TOOLS.flatMap((id) => ['--approve', id]), '--no-prompt', '--json'];
/** Milliseconds that a call may take that nothing else would end; more where one before it has to be answered in that time. */
export const deadlineOf = ({ before }: Place): number => (before === undefined ? 300 : 20_000);

/** What came of a fault that stays, and of the same run once the server is well. */
export interface Played {
  exit: number | null;
  /** State of the run; undefined when there is none. */
  state: string | undefined;
  /** Code of the error. */
  error: unknown;
  /** What the tools had done by then. */
  acts: string[];
  /** How many requests more than allowed. */
  tooMany: number;
  /** Requests that no server takes, or that belong elsewhere. */
  refused: string[];
  /** Whether the result has the summary that was wanted, or a warning says that it was not made. */
  summary: 'made' | 'warned' | undefined;
  /** The same of the second time, and how often the model was asked. */
  then: { exit: number | null; state: string | undefined; acts: string[]; refused: string[]; requests: number };
}

/** What must come of it. */
export function expectedOf(fault: Fault, place: Place): Played {
  const { name, acts, before = [] } = place;
  const all = [...acts.before, ...acts.after];
  const end = endAt(fault, name);
  const isDone = end === 'works' || name === 'summary';
  const summary: Played['summary'] = name !== 'summary' ? undefined : end === 'works' ? 'made' : 'warned';
  const within = (requests: number) => {
    const then = { exit: 0, state: 'COMPLETE', acts: all, refused: [], requests };
    return { tooMany: 0, refused: [], summary, then };
  };
  if (isDone) return { exit: 0, state: 'COMPLETE', error: undefined, acts: all, ...within(0) };
  const open = { error: undefined, acts: acts.before };
  if (end === 'asks') return { ...open, exit: 8, state: 'NEED_CLARIFICATION', ...within(0) };
  const asked = againAt(fault).length + 1;
  if (name === 'planning') {
    const error = end === 'model-reply-unusable' ? 'no-plan' : end;
    return { ...open, exit: EXIT_OF_PLANNING[error] ?? 1, state: undefined, error, ...within(asked) };
  }
  const exit = WAITS[end];
  if (exit !== undefined) return { ...open, exit, state: 'IN_PROGRESS', error: end, ...within(asked) };
  // A step that failed begins anew; what its tools did is not done again.
  return { ...open, exit: 1, state: 'FAILED', error: end, ...within(before.length + asked) };
}

const WAITS: Readonly<Record<string, number>> = {
  unavailable: 3,
  'rate-limited': 3,
  'timed-out': 3,
  'no-model': 4,
  'key-rejected': 4,
};
const EXIT_OF_PLANNING: Readonly<Record<string, number>> = {
  ...WAITS,
  'no-plan': 5,
  'invalid-settings': 2,
  'invalid-input': 2,
};

/** What is played: a fault at a place, and the command line that meets it. */
export interface Cell {
  fault: Fault;
  place: Place;
  spoilt: Handler;
  portia: typeof portiaHere;
}

/** Plays the fault at the place, whatever is asked there, and then the server as it should be. */
export async function playFault({ fault, place, spoilt, portia }: Cell): Promise<Played> {
  const ledger = await startServer((request, response) => sendJson(response, JSON.parse(request.body)));
  onTestFinished(() => ledger.close());
  const cwd = makeProject({ ...files(ledger.url, place) });
  const { before = [] } = place;
  const ill = await startStrict(place, [...before.map(saying), spoilt]);
  const start = place.steps === undefined ? ['run', 'Leave two notes', '--yes'] : ['run-plan', 'plan.json'];
  const limit = fault.isSlow === true ? ['--model-timeout', `${deadlineOf(place)}ms`] : [];
  const env = (baseUrl: string) => ({ OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: KEY });
  const first = await portia([...start, ...FLAGS, ...limit], {
    cwd,
    env: env(fault.address?.(ill.baseUrl) ?? ill.baseUrl),
  });
  const acts = actsOf(ledger);
  const past = stateOf(first.stdout) === 'FAILED' ? before.map(saying) : [];
  const well = await startStrict(place, [...past, ...againAt(fault).map(() => spoilt), saying(place.said)]);
  const answers = stateOf(first.stdout) === 'NEED_CLARIFICATION' ? ['--answer', 'text=hello'] : [];
  const next = stateOf(first.stdout) === undefined ? start : ['resume', 'last', ...answers];
  const second = await portia([...next, ...FLAGS], { cwd, env: env(well.baseUrl) });
  await Promise.all([ledger, ill, well].map((server) => server.close()));
  return {
    exit: first.code,
    state: stateOf(first.stdout),
    error: errorOf(first.stderr),
    acts,
    tooMany: Math.max(0, ill.count() - before.length - mostRequests(fault, place)),
    refused: ill.refused,
    summary: summaryOf(first),
    then: {
      exit: second.code,
      state: stateOf(second.stdout),
      acts: actsOf(ledger),
      refused: well.refused,
      requests: well.count(),
    },
  };
}

/** What passes is there once more before the server is well. */
const againAt = (fault: Fault): Fault[] => (fault.patience === 'retried' && fault.address === undefined ? [fault] : []);

function mostRequests({ patience }: Fault, { name, isTyped = false }: Place): number {
  const isPlanning = name === 'planning';
  const most: Record<Patience, number> = {
    once: 1,
    retried: 4,
    'asked again': 3,
    climbed: isTyped ? 3 : 1,
    corrected: isPlanning ? 6 : isTyped ? 2 : name === 'turn' ? 5 : 4,
  };
  return most[patience];
}

function files(ledger: string, { steps, more }: Place): Record<string, object> {
  const tool = (id: string) => ({
    description: `Does ${id}.`,
    method: 'POST',
    url: `${ledger}/${id}`,
    args: {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
      additionalProperties: false,
    },
    body: { text: '{{ $text }}' },
    output: '$body.text',
  });
  const http = Object.fromEntries(TOOLS.map((id) => [id, tool(id)]));
  const plan = { plan_context: { query: 'Leave notes', tool_ids: TOOLS }, steps, ...more };
  return { 'portia.json': { http }, ...(steps !== undefined && { 'plan.json': plan }) };
}

function actsOf({ requests }: LocalServer): string[] {
  return requests.map(({ url, body }) => {
    const { text } = JSON.parse(body) as { text: string };
    return url.pathname === '/send' ? `send ${text}` : text;
  });
}

/** The code of the error that was printed for programs; undefined when there is none, as with questions. */
function errorOf(stderr: string): unknown {
  const line = jsonOf(stderr.trimEnd().split('\n').at(-1) ?? '');
  const error = isJsonObject(line) ? line['error'] : undefined;
  return isJsonObject(error) ? error['code'] : undefined;
}

function summaryOf({ stdout, stderr }: Ended): Played['summary'] {
  if (stderr.includes('The summary was not made.')) return 'warned';
  const { outputs } = stdout === '' ? {} : (JSON.parse(stdout) as Partial<Run>);
  return typeof outputs?.final_output?.['summary'] === 'string' ? 'made' : undefined;
}

function stateOf(stdout: string): string | undefined {
  return stdout === '' ? undefined : (JSON.parse(stdout) as Run).state;
}

/** Takes only requests that a server takes, and that come from this place. */
async function startStrict({ asks }: Place, answers: Handler[]) {
  const refused: string[] = [];
  let count = 0;
  const { baseUrl, close } = await startFaultServer((response, request, text) => {
    const body = JSON.parse(text) as ChatBody;
    const problem = requestProblem(request, body, KEY);
    if (problem !== undefined) refused.push(problem);
    if (!asks.test(JSON.stringify(body.messages))) refused.push(`from elsewhere: ${text.slice(0, 300)}`);
    count += 1;
    const handler = answers[Math.min(count, answers.length) - 1];
    handler?.(response, request, text);
  });
  onTestFinished(close);
  return { baseUrl, close, refused, count: () => count };
}
