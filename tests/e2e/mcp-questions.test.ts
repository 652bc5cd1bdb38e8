import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { openPortia, printedQuestions } from '../support/scenario.js';
import { linesOf, toldProject } from '../support/server-project.js';

const SERVER = new URL('../doubles/asking-mcp-server.mjs', import.meta.url).pathname;

/** A project with a server that asks before it books, by this revision of the protocol. */
function airline(revision: string, { mode = 'form', effect = 'once' } = {}): string {
  const asking = { command: process.execPath, args: [SERVER, revision, mode], env: { ACTED: './acted' } };
  const step = { kind: 'tool', tool_id: 'mcp:air:book', args: { flight: 'BA 7' }, output: '$result' };
  return makeProject({
    'portia.json': {
      mcp: { enable: ['air'], effects: { 'mcp:air:book': effect } },
      approvals: { 'mcp:air:*': 'allow' },
    },
    '.mcp.json': { mcpServers: { air: asking } },
    'plan.json': { plan_context: { query: 'Book.', tool_ids: [] }, steps: [step] },
  });
}

const RUN = ['run-plan', 'plan.json'];
const resume = (...answers: string[]) => ['resume', 'last', ...answers.flatMap((answer) => ['--answer', answer])];
const finish = (...answers: string[]) => [...resume(...answers), '--format', 'value'];

const bookings = (cwd: string) => linesOf(cwd, 'acted').filter((line) => line.startsWith('booked'));
const calls = (cwd: string) => linesOf(cwd, 'acted').filter((line) => line === 'called').length;

describe('a server that asks by the revision of 2026', () => {
  test('when its form is answered in another process then the call continues where it was, and acts once', async () => {
    const cwd = airline('2026-07-28');
    const asked = await portia(RUN, { cwd });
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([
      { category: 'Multiple Choice', argument_name: 'seat', options: ['aisle', 'window', null], source: 'air (MCP)' },
      { category: 'Input', argument_name: 'meals' },
    ]);
    const booked = 'booked [{"seat":"window","meals":2}]';
    const done = await portia(finish('seat=window', 'meals=2'), { cwd });
    expect(done).toMatchObject({ code: 0, stdout: `${booked}\n` });
    expect(bookings(cwd)).toEqual([booked]);
  });

  test('when it asks twice then both rounds are answered, in two processes', async () => {
    const cwd = airline('2026-07-28', { mode: 'two' });
    await portiaHere(RUN, { cwd });
    const second = await portiaHere(resume('seat=aisle', 'meals=0'), { cwd });
    expect(second.code).toBe(8);
    expect(printedQuestions(second.stderr).questions).toMatchObject([{ category: 'User Verification' }]);
    const done = await portiaHere(finish('verify=yes'), { cwd });
    expect(done).toMatchObject({ code: 0, stdout: 'booked [{"seat":"aisle","meals":0},{}]\n' });
  });

  test('when it sends a person to an address then that is an action', async () => {
    const cwd = airline('2026-07-28', { mode: 'url' });
    const asked = await portiaHere(RUN, { cwd });
    expect(printedQuestions(asked.stderr).questions).toMatchObject([
      { category: 'Action', action_url: 'https://login.example.com/?id=1' },
    ]);
    expect(await portiaHere(finish('action=done'), { cwd })).toMatchObject({ code: 0, stdout: 'booked ["done"]\n' });
  });

  test('when a person declines then the server hears that, and the step fails with its words', async () => {
    const cwd = airline('2026-07-28');
    await portiaHere(RUN, { cwd });
    const done = await portiaHere(finish('seat:=null', 'meals=1'), { cwd });
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('nothing was booked: decline');
    expect(bookings(cwd)).toEqual([]);
  });
});

describe.each(['2025-06-18', '2025-11-25'])('a server that asks by the revision %s', (revision) => {
  test('when the call only reads then it is made again with the answers', async () => {
    const cwd = airline(revision, { mode: 'two', effect: 'read' });
    expect((await portiaHere(RUN, { cwd })).code).toBe(8);
    const second = await portiaHere(resume('seat=aisle', 'meals=0'), { cwd });
    expect(printedQuestions(second.stderr).questions).toMatchObject([{ category: 'User Verification' }]);
    const done = await portiaHere(finish('verify=yes'), { cwd });
    expect(done).toMatchObject({ code: 0, stdout: 'booked [{"seat":"aisle","meals":0},{}]\n' });
    expect([calls(cwd), bookings(cwd).length]).toEqual([3, 1]);
  });

  test('when the call acts then a person says what happened before it is made again', async () => {
    const cwd = airline(revision);
    expect((await portiaHere(RUN, { cwd })).code).toBe(8);
    const unknown = await portiaHere(resume('seat=aisle', 'meals=0'), { cwd });
    expect(unknown.code).toBe(8);
    expect(printedQuestions(unknown.stderr).questions).toMatchObject([
      { argument_name: 'outcome', user_guidance: expect.stringContaining('it asked a question') },
    ]);
    expect(calls(cwd)).toBe(1);
    const done = await portiaHere(finish('outcome=not_done'), { cwd });
    expect(done).toMatchObject({ code: 0, stdout: 'booked [{"seat":"aisle","meals":0}]\n' });
    expect([calls(cwd), bookings(cwd).length]).toEqual([2, 1]);
  });
});

describe('a person who answers at once, at a terminal', () => {
  /** The run of such a project, after both fields of the form are answered. */
  async function answered(effect: string) {
    const cwd = airline('2025-11-25', { effect });
    const terminal = openPortia(RUN, { cwd });
    await terminal.waitFor('window');
    terminal.press('enter');
    await terminal.waitFor('An empty line leaves it');
    terminal.type('2');
    terminal.press('enter');
    return { cwd, terminal };
  }

  test('when a call by an older revision reads then it is made again', async () => {
    const { cwd, terminal } = await answered('read');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect([calls(cwd), bookings(cwd)]).toEqual([2, ['booked [{"seat":"aisle","meals":2}]']]);
  });

  test('when it acts then it is not made again before the person says what happened', async () => {
    const { cwd, terminal } = await answered('once');
    await terminal.waitFor('What happened to the call?');
    expect(calls(cwd)).toBe(1);
    terminal.press('ctrl-c');
    await terminal.exit();
    expect(await portiaHere(finish('outcome=not_done'), { cwd })).toMatchObject({ code: 0 });
    expect([calls(cwd), bookings(cwd).length]).toEqual([2, 1]);
  });
});

test('when a server answers that a person must go to an address first then that is an action', async () => {
  const cwd = airline('2025-11-25', { mode: 'error' });
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { category: 'Action', user_guidance: 'Log in first.', action_url: 'https://login.example.com/?id=1' },
  ]);
});

test('when a server still waits after its question was put off then the call is broken off, and the person is asked', async () => {
  const asks = { mode: 'form', message: 'Which seat?', requestedSchema: { type: 'object', properties: {} } };
  const cwd = toldProject({
    told: { tools: [{ name: 'book', inputSchema: { type: 'object' } }], replies: { book: { asks, waits: true } } },
    mcp: { effects: { 'mcp:told:book': 'read' } },
    steps: [{ kind: 'tool', tool_id: 'mcp:told:book', args: {}, output: '$result' }],
  });
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { category: 'User Verification', user_guidance: 'Which seat?' },
  ]);
});
