import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { playModel } from '../support/scenario.js';

/** What an example needs of the world, and what it gives. */
interface Played {
  stubs?: Record<string, unknown>;
  inputs?: Record<string, unknown>;
  /** Of each pause, in their order. */
  answers?: string[][];
  model?: ScriptEntry[];
  gives: unknown;
}

const ACCOUNT = `0x${'a1'.repeat(20)}`;

const PLAYED: Record<string, Played> = {
  'add.yaml': { gives: 3 },
  'browser.yaml': { stubs: { browser_tool: 'Bob A. and Bob B.' }, gives: 'Bob A. and Bob B.' },
  'calendar.yaml': {
    stubs: {
      'mcp:calendar:free_times': ['2026-12-01T11:00'],
      'mcp:calendar:create_event': { link: 'https://example.com/e/1' },
      send_email_tool: 'sent',
    },
    inputs: { day: '2026-12-01' },
    answers: [['guest=ada@example.com'], ['verify=yes']],
    gives: 'sent',
  },
  'compare.yaml': {
    stubs: { search_tool: [{ title: 'up 44 %' }] },
    model: [{ match: /Which of the two/, reply: { text: 'Amazon.' } }],
    gives: 'Amazon.',
  },
  'concept-map.yaml': {
    stubs: {
      'mcp:obsidian:list_available_vaults': ['home'],
      'mcp:obsidian:read_note': 'Water boils.',
      draw_concept_map: 'map.png',
    },
    inputs: { note: 'Water' },
    model: [{ match: /Which concepts/, reply: { json: { relations: [['water', 'does', 'boil']] } } }],
    gives: 'map.png',
  },
  'concierge.yaml': {
    stubs: { 'mcp:restaurants:search': [], 'mcp:restaurants:book': {}, order_taxi: { time: '10:30' } },
    inputs: { wish: 'A taxi, please' },
    answers: [['ride=At ten, to the station']],
    model: [{ match: /What does the guest want/, reply: { json: { topic: 'taxi' } } }],
    gives: 'Your taxi comes at 10:30.',
  },
  'knowledge-bot.yaml': {
    stubs: { search_docs: ['DISK stores to files.'], 'mcp:discord:post_message': { link: 'https://example.com/m/1' } },
    inputs: { question: 'Where are runs stored?' },
    model: [{ match: /Answer the question/, reply: { json: { known: true, answer: 'In files.' } } }],
    gives: 'In files.',
  },
  'mail.yaml': {
    stubs: {
      'mcp:mail:search': [
        { from: 'ada@example.com', subject: 'Lunch' },
        { from: 'bob@example.com', subject: 'Tea' },
      ],
      send_email_tool: 'sent',
    },
    answers: [['verify=yes'], ['verify=no']],
    model: [
      { match: /Lunch/, reply: { text: 'Gladly.' } },
      { match: /Tea/, reply: { text: 'Sorry.' } },
    ],
    gives: [
      { to: 'ada@example.com', sent: true },
      { to: 'bob@example.com', sent: false },
    ],
  },
  'outreach.yaml': {
    stubs: {
      file_reader_tool: 'https://www.example.com/in/ada and https://www.example.com/in/bob',
      browser_tool: 'An engineer',
    },
    model: [
      { match: /match the criteria/, reply: { json: { matches: true, message: 'Hello.' } } },
      { match: /match the criteria/, reply: { json: { matches: false, message: '' } } },
    ],
    gives: [
      { profile: 'https://www.example.com/in/ada', connected: true },
      { profile: 'https://www.example.com/in/bob', connected: false },
    ],
  },
  'refund.yaml': {
    stubs: {
      file_reader_tool: 'a text',
      'mcp:stripe:list_customers': [{ id: 'cus_1' }],
      'mcp:stripe:list_payment_intents': [{ id: 'pi_1' }],
      'mcp:stripe:create_refund': { id: 're_1' },
      send_email_tool: 'sent',
    },
    answers: [['verify=yes']],
    model: [
      {
        match: /Judge the request/,
        reply: { json: { decision: 'APPROVED', reason: 'Broken.', email: 'ada@example.com', amount: 20 } },
      },
    ],
    gives: 'sent',
  },
  'refund-steps.yaml': {
    stubs: {
      file_reader_tool: 'from ada@example.com',
      'mcp:stripe:list_customers': 'cus_1',
      'mcp:stripe:list_payment_intents': 'pi_1',
      'mcp:stripe:create_refund': 're_1',
    },
    model: [
      { reply: { toolCalls: [{ name: 'file_reader_tool', arguments: { filename: 'inbox.txt' } }] } },
      { reply: { toolCalls: [{ name: 'mcp_stripe_list_customers', arguments: {} }] } },
      { reply: { toolCalls: [{ name: 'mcp_stripe_list_payment_intents', arguments: {} }] } },
      { reply: { toolCalls: [{ name: 'mcp_stripe_create_refund', arguments: {} }] } },
    ],
    gives: 're_1',
  },
  'research.yaml': {
    stubs: {
      'mcp:mail:search': [{ subject: 'AI news 1' }],
      make_podcast: { file: 'news.mp3' },
      'mcp:slack:post_message': { ok: true },
    },
    model: [
      { match: /What is new/, reply: { text: 'A model.' } },
      { match: /podcast/, reply: { text: 'Welcome.' } },
    ],
    gives: { ok: true },
  },
  'sql.yaml': {
    stubs: {
      list_tables: ['orders'],
      get_table_schemas: { orders: [{ name: 'status' }] },
      run_sql: [{ status: 'open', n: 2 }],
    },
    model: [
      { match: /Write one SELECT/, reply: { text: 'SELECT status, count(*) AS n FROM orders GROUP BY status' } },
      { match: /from the rows/, reply: { text: 'Two are open.' } },
    ],
    gives: 'Two are open.',
  },
  'star.yaml': {
    stubs: { 'mcp:github:star_repository': 'starred' },
    inputs: { repository: 'portiaAI/portia-sdk-python' },
    gives: 'starred',
  },
  'transfer.yaml': {
    stubs: { wallet_balance: { usdc: 5 }, usdc_transfer: { hash: '0x1' } },
    inputs: { to: ACCOUNT, amount: 2 },
    answers: [['verify=yes']],
    gives: { hash: '0x1' },
  },
  'website.yaml': {
    stubs: { fetch_tool: '# We bake bread' },
    inputs: { url: 'https://example.com/' },
    model: [{ match: /What do they do/, reply: { text: 'They bake bread.' } }],
    gives: 'They bake bread.',
  },
};

test('when an example is added then it is played here, and the page for users of the Python SDK names it', () => {
  const names = readdirSync('plans/examples').sort();
  expect(Object.keys(PLAYED).sort()).toEqual(names);
  const page = readFileSync('docs/from-python.md', 'utf8');
  expect(names.filter((name) => !page.includes(`plans/examples/${name}`))).toEqual([]);
});

test.each(Object.entries(PLAYED))(
  'when %s is checked and run with stubs then it does what it is for',
  async (name, played) => {
    const { stubs = {}, inputs = {}, answers = [], model = [], gives } = played;
    const cwd = makeProject();
    cpSync(join('plans/examples', name), join(cwd, name));
    const stubbed = Object.entries(stubs).flatMap(([tool, value]) => ['--stub', `${tool}=${JSON.stringify(value)}`]);
    const given = Object.entries(inputs).flatMap(([input, value]) => ['-i', `${input}:=${JSON.stringify(value)}`]);
    const checked = await portiaHere(['check', name, ...stubbed], { cwd });
    const { problems } = JSON.parse(checked.stdout) as { problems: { severity: string }[] };
    expect(problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(checked.code).toBe(0);

    const server = await playModel(model);
    const flags = [...stubbed, '-m', 'openai/gpt-4o', '--fields', 'state,outputs'];
    let ended = await portiaHere(['run-plan', name, ...given, ...flags], { cwd, env: server.environment });
    for (const answer of answers) {
      expect(ended.code, ended.stderr).toBe(8);
      const said = answer.flatMap((each) => ['--answer', each]);
      ended = await portiaHere(['resume', 'last', ...said, ...flags], { cwd, env: server.environment });
    }
    expect(ended.code, ended.stderr).toBe(0);
    const { state, outputs } = JSON.parse(ended.stdout) as {
      state: string;
      outputs: { final_output: { value: unknown } };
    };
    expect({ state, value: outputs.final_output.value }).toEqual({ state: 'COMPLETE', value: gives });
  },
);
