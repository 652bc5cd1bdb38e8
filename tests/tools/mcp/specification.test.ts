import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { Json, JsonObject } from '../../../src/domain/values/json.js';
import type { ToolEffect } from '../../../src/domain/values/tool-effects.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { printedQuestions } from '../../support/scenario.js';
import { linesOf } from '../../support/server-project.js';
import { callTool, fakeServer, toolOf } from './servers-at-work.js';

const SERVER = new URL('../../doubles/specification-server.mjs', import.meta.url).pathname;

/** The messages that a revision of the specification has as examples. */
interface Recorded {
  tools: { name: string }[];
  replies: Record<string, { result?: JsonObject; error?: { message: string } }>;
  questions: Record<string, { params: JsonObject; answer: { content?: Record<string, Json> } }>;
}

function recordedOf(revision: string): Recorded {
  const file = new URL(`../../doubles/specification/${revision}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded;
}

const TEXT = 'Current weather in New York:\nTemperature: 72°F\nConditions: Partly cloudy';
const WEATHER = { temperature: 22.5, conditions: 'Partly cloudy', humidity: 65 };
const LINK = {
  type: 'resource_link',
  uri: 'file:///project/src/main.rs',
  name: 'main.rs',
  description: 'Primary application entry point',
  mime_type: 'text/x-rust',
};
const FILE = {
  type: 'resource',
  uri: 'file:///project/src/main.rs',
  mime_type: 'text/x-rust',
  text: 'fn main() {\n    println!("Hello world!");\n}',
};
const failure = (message: string, more: object = {}) => ({
  kind: 'failure',
  message: expect.stringContaining(message) as unknown,
  ...more,
});
const output = (value: unknown) => ({ kind: 'output', value });

/** What a call of a tool that acts makes of each reply. */
const MEANT: Record<string, object> = {
  text: output(TEXT),
  failure: {
    kind: 'failure',
    message: expect.stringMatching(/^Invalid departure date: must be|^Failed to fetch weather data/) as unknown,
  },
  'unknown-tool': failure('Unknown tool: invalid_tool_name', { notDone: true }),
  'wrong-arguments': failure("Missing required property 'expression'", { notDone: true }),
  internal: failure('Internal error'),
  capability: failure('Server requires the elicitation capability for this request'),
  'go-there': {
    kind: 'clarifications',
    clarifications: [
      { category: 'Action', user_guidance: 'Authorization is required to access your Example Co files.' },
    ],
  },
  // It is called again with the state alone.
  'state-only': output(TEXT),
};

/** What a call of one tool makes of one reply. */
async function heard(at: { revision: string; reply: string; tool: string; effect?: ToolEffect }) {
  const server = fakeServer([at.revision, at.reply], { file: SERVER });
  const tool = await toolOf(server, at.tool, at.effect ?? 'once');
  return { server, ...(await callTool(tool, { location: 'New York' })) };
}

describe.each(['2025-06-18', '2025-11-25', '2026-07-28'])('the examples of the revision %s', (revision) => {
  const recorded = recordedOf(revision);
  const named = (names: object) => Object.keys(names).filter((name) => name in recorded.replies);

  test('when tools are listed in two pages then all are there', async () => {
    const tools = await fakeServer([revision, 'text'], { file: SERVER }).server.tools();
    expect([...tools.keys()]).toEqual(['get_weather', ...recorded.tools.map(({ name }) => name)]);
    expect(tools.get('get_weather')).toMatchObject({ title: 'Weather Information Provider' });
  });

  test.each(named(MEANT))('when a call gets the reply "%s" then it is what the specification means', async (reply) => {
    expect((await heard({ revision, reply, tool: 'get_weather' })).result).toMatchObject(MEANT[reply] ?? {});
  });

  test('when a result has structured content then that is the value, and it is checked', async () => {
    const fits = await heard({ revision, reply: 'structured', tool: 'get_weather_data' });
    expect(fits.result).toEqual(output(WEATHER));
    const lacks = await heard({ revision, reply: 'text', tool: 'get_weather_data' });
    expect(lacks.result).toMatchObject(failure('has no structured content'));
  });

  test('when a result has other parts than text then all are in the value', async () => {
    const { result } = await heard({ revision, reply: 'parts', tool: 'get_weather' });
    expect(result).toMatchObject({
      kind: 'output',
      value: expect.arrayContaining([LINK, expect.objectContaining(FILE)]),
    });
  });

  test.each(Object.keys(recorded.questions))(
    'when a server asks "%s" then it hears what the specification answers',
    async (name) => {
      const cwd = makeProject({
        'portia.json': { mcp: { enable: ['spec'], effects: { 'mcp:*': 'read' } } },
        '.mcp.json': {
          mcpServers: {
            spec: { command: process.execPath, args: [SERVER, revision, name], env: { ACTED: './acted' } },
          },
        },
        'plan.json': {
          plan_context: { query: 'Ask.', tool_ids: [] },
          steps: [{ kind: 'tool', tool_id: 'mcp:spec:get_weather', args: { location: 'New York' }, output: '$result' }],
        },
      });
      const asked = await portiaHere(['run-plan', 'plan.json'], { cwd });
      expect(asked.code).toBe(8);
      const answer = recorded.questions[name]?.answer ?? {};
      const questions = Object.entries(answer.content ?? { action: 'done' });
      expect(printedQuestions(asked.stderr).questions).toHaveLength(questions.length);
      const answers = questions.flatMap(([field, value]) => ['--answer', `${field}=${String(value)}`]);
      const done = await portiaHere(['resume', 'last', ...answers, '--format', 'value'], { cwd });
      expect(done).toMatchObject({ code: 0, stdout: `${TEXT}\n` });
      const said = linesOf(cwd, 'acted').map((line): unknown => JSON.parse(line));
      const isNew = revision === '2026-07-28';
      expect(said.at(-1)).toEqual(isNew ? { inputResponses: { asked: answer }, requestState: 'kept' } : answer);
    },
  );
});

describe('what only the revision 2026-07-28 has', () => {
  const revision = '2026-07-28';

  test('when a result is a list then that is the value', async () => {
    const { result } = await heard({ revision, reply: 'array', tool: 'list_users' });
    expect(result).toMatchObject(
      output([
        { id: '1', name: 'Alice' },
        { id: '2', name: 'Bob' },
      ]),
    );
  });

  test('when a server wants to be called again with its state then it gets that state', async () => {
    const { server } = await heard({ revision, reply: 'state-only', tool: 'get_weather' });
    const { requestState } = recordedOf(revision).replies['state-only']?.result ?? {};
    expect(server.acted().map((line): unknown => JSON.parse(line))).toEqual([{ requestState }]);
  });

  test('when a server wants a model to be asked then the call fails, and nobody is asked', async () => {
    const { result } = await heard({ revision, reply: 'sampling', tool: 'get_weather', effect: 'read' });
    expect(result).toMatchObject(failure('sampling/createMessage, which portia does not give'));
  });
});
