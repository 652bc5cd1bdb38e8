import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { planSchema } from '../../../src/domain/plan/plan-schema.js';
import { parseTemplate } from '../../../src/domain/expressions/template.js';
import { OFFLINE_GRAMMAR_HELP } from '../../../src/planner/offline/help.js';
import { callsOf, OFFLINE_TOOLS, plan, refusalOf, stepsOf } from './plan-offline.js';

const READ = 'file_reader_tool';
const WRITE = 'file_writer_tool';

describe('when a request is understood', () => {
  test('then the plan is stamped, sorted and valid', () => {
    const planned = plan('add 1 + 2');
    expect(planned).toEqual({
      kind: 'plan',
      plan: {
        id: 'plan-01890a5d-ac96-774b-bcce-b302099a8057',
        plan_context: { query: 'add 1 + 2', tool_ids: OFFLINE_TOOLS.toSorted() },
        steps: [
          {
            task: 'Calculate 1 + 2.',
            inputs: [],
            tool_id: 'calculator_tool',
            output: '$result',
            kind: 'tool',
            args: { math_question: '1 + 2' },
          },
        ],
        plan_inputs: [],
        metadata: { schema_version: 1, created_at: '2026-01-02T03:04:05.000Z', planner: 'offline' },
      },
    });
  });

  test.each([
    ['read weather.txt', READ, { filename: 'weather.txt' }],
    ['show the file notes/a.md', READ, { filename: 'notes/a.md' }],
    ['Show me the contents of the file Notes/A.MD.', READ, { filename: 'Notes/A.MD' }],
    ['what is in data.json?', READ, { filename: 'data.json' }],
    ['print "two words"', READ, { filename: 'two words' }],
    ['read ../x.txt', READ, { filename: '../x.txt' }],
    ['read a file', READ, {}],
    ['read the file', READ, {}],
    ['read the file called über.txt', READ, { filename: 'über.txt' }],
    ['read "{{ $x }}.txt"', READ, { filename: '{{{{ $x }}.txt' }],
    ['write hello world to out.txt', WRITE, { filename: 'out.txt', content: 'hello world' }],
    ['Write Hello, World! to out.txt', WRITE, { filename: 'out.txt', content: 'Hello, World!' }],
    ['write "add 1, then 2 to a.txt" to out.txt', WRITE, { filename: 'out.txt', content: 'add 1, then 2 to a.txt' }],
    ['save the text “it’s” as a file named out.txt', WRITE, { filename: 'out.txt', content: 'it’s' }],
    ['write 42 to a file', WRITE, { content: '42' }],
    ['list tables in shop.db', 'list_tables', { db_path: 'shop.db' }],
    ['list all the tables of the database "my shop"', 'list_tables', { db_path: 'my shop' }],
    ['what tables are in shop.sqlite?', 'list_tables', { db_path: 'shop.sqlite' }],
    ['show the tables', 'list_tables', {}],
    ['describe orders and items in shop.db', 'get_table_schemas', { tables: ['orders', 'items'], db_path: 'shop.db' }],
    ['show the columns of the table "order items"', 'get_table_schemas', { tables: ['order items'] }],
    ['run "select 1"', 'run_sql', { query: 'select 1' }],
    [
      "run select a, b from t join u on t.x = u.x where s = 'then on y.db' on shop.db",
      'run_sql',
      { query: "select a, b from t join u on t.x = u.x where s = 'then on y.db'", db_path: 'shop.db' },
    ],
    ['execute the SQL query: "SELECT 1;" against shop.db', 'run_sql', { query: 'SELECT 1;', db_path: 'shop.db' }],
    ['query shop.db: select (1 + 2) * 3;', 'run_sql', { query: 'select (1 + 2) * 3', db_path: 'shop.db' }],
    [
      'with x as (select 1) select * from x on shop.db',
      'run_sql',
      { query: 'with x as (select 1) select * from x', db_path: 'shop.db' },
    ],
  ])('then %j is one call of %s', (query, tool, args) => {
    expect(callsOf(query)).toEqual([[tool, args]]);
  });
});

describe('when a request is a chain', () => {
  test.each([
    [
      'add 1 + 2 then save the result to out.txt',
      ['calculator_tool', { filename: 'out.txt', content: '{{ $result }}\n' }],
    ],
    ['read a.txt and save it as b.txt', [READ, { filename: 'b.txt', content: '{{ $content }}' }]],
    ['read a.json, then write it to b.json', [READ, { filename: 'b.json', content: '{{ $content }}{{ "" }}' }]],
    ['read a file and then save to a file', [READ, { content: '{{ $content }}{{ "" }}' }]],
    ['convert data.csv to json', [READ, { filename: 'data.json', content: '{{ $content }}' }]],
    ['convert my.data.XLSX into other.json', [READ, { filename: 'other.json', content: '{{ $content }}' }]],
    ['convert data.json to csv', [READ, { filename: 'data.csv', content: '{{ $content }}' }]],
    ['convert data.yml to other.csv', [READ, { filename: 'other.csv', content: '{{ $content }}' }]],
    [
      'query shop.db: select case when a then b else c end from t, then save it to t.json',
      ['run_sql', { filename: 't.json', content: '{{ $rows }}\n' }],
    ],
  ])('then %j reads before it writes', (query, [tool, args]) => {
    const [first, second, ...more] = callsOf(query);
    expect([first?.[0], second, more]).toEqual([tool, [WRITE, args], []]);
  });

  test('then each output has its own name and each step names the outputs it needs', () => {
    const steps = stepsOf('add 1 + 2, then times 3, then save it to a.txt, and then save the result to b.txt');
    expect(steps.map((step) => step.output)).toEqual(['$result', '$result_2', '$written', '$written_2']);
    expect(steps.map((step) => step.inputs?.map((input) => input.name))).toEqual([
      [],
      ['$result'],
      ['$result_2'],
      ['$result_2'],
    ]);
    expect(steps.map((step) => step.task)).toEqual([
      'Calculate 1 + 2.',
      'Calculate $result * 3.',
      'Write $result_2 to a.txt.',
      'Write $result_2 to b.txt.',
    ]);
  });
});

describe('when a request is not understood completely', () => {
  test.each([
    ['', 0, 'empty'],
    [' \n\t ', 0, 'empty'],
    ['please', 0, 'empty'],
    ['a\u0000b', 1, 'U+0000'],
    ['read \u001b[31ma.txt', 5, 'U+001B'],
    ['read a\u202etxt.exe', 6, 'U+202E'],
    ['read a\ud800.txt', 6, 'U+D800'],
    ['addiere 1 + 2', 0, 'no request begins with "addiere"'],
    ['计算一加二', 0, 'no request begins'],
    ['сложи 1 + 2', 0, 'no request begins'],
    ['Which stock price grew faster in 2024, Amazon or Google?', 0, 'no request begins with "Which"'],
    ['write a poem to poem.txt', 6, 'in quotes'],
    ['write documentation to README.md', 6, 'in quotes'],
    ['write "a" "b" to out.txt', 6, 'in quotes'],
    ['write 1 + 2 to out.txt', 8, 'in quotes'],
    ['write "hello"', 6, 'which file'],
    ['save it to out.txt', 5, 'nothing before this'],
    ['read weather', 5, 'not a file name'],
    ['read https://example.com/a.txt', 5, 'not a file name'],
    ['read example.com', 5, 'not a file name'],
    ['read a.txt b.txt', 11, '"b.txt" does not fit here'],
    ['read a.txt carefully', 11, '"carefully" does not fit here'],
    ['read', 4, 'a file name is missing'],
    ['read "a.txt', 5, 'never closed'],
    ['list files', 5, 'only the tables'],
    ['convert a.txt to json', 8, 'from .csv, .tsv, .xlsx, .json'],
    ['convert a.csv to b.txt', 8, 'only to .json and .csv'],
    ['convert a.csv to csv', 8, 'over itself; say: to other.csv'],
    ['convert a file to json', 15, 'not a file name'],
    ['convert a file', 14, 'which file to convert'],
    ['run rm -rf /', 4, 'SQL is understood as'],
    ['run drop table t on shop.db', 4, 'only a SQL select'],
    ['query shop.db: select * from t where a = ?', 41, 'does not end with'],
    ['query shop: select 1', 6, 'not a database file'],
    ['select 1', 0, 'SQL is understood as'],
    ['run quickly "select 1" on shop.db', 4, 'only a SQL select'],
    ['run "select 1" quickly on shop.db', 4, 'only a SQL select'],
    ['run "select 1" on shop.db quickly', 4, 'SQL is understood as'],
    ['read a.txt then', 15, 'missing after "then"'],
    ['then read a.txt', 0, 'something to do is missing'],
    ['add 1 + 2 then then add 3', 15, 'something to do is missing'],
    ['read a.txt then dance', 16, 'no request begins with "dance"'],
  ])('then %j is refused at %i: %s', (query, at, why) => {
    const refusal = refusalOf(query);
    expect(refusal).toMatchObject({ at, why: expect.stringContaining(why) as string });
    expect(refusal.understood).toBe(query.slice(0, at).trim());
  });

  test('then a tool that is not on is named, with the part that needs it', () => {
    const refusal = refusalOf('add 1 + 2 then save it to out.txt', ['calculator_tool']);
    expect(refusal).toMatchObject({ at: 15, why: 'this needs the tool file_writer_tool, which is not on here' });
  });

  test.each([
    ['1 MB of words', 'read '.repeat(200_000)],
    ['brackets', '('.repeat(9_000)],
    ['signs', '- '.repeat(4_000)],
    ['powers', '2^'.repeat(4_000)],
    ['quotes', '" '.repeat(4_999)],
    ['apostrophes', "it's ".repeat(1_900)],
    ['commas', `add 1${','.repeat(9_000)} 2`],
    ['points', `read ${'.'.repeat(9_000)}a`],
    ['digits', '9'.repeat(9_000)],
    ['a long sum', `1${' + 1'.repeat(2_000)}`],
    ['a long chain', `add 1 + 2${' then plus 1'.repeat(700)}`],
    ['separators', ', and'.repeat(1_900)],
    ['SQL cases', `select ${'case '.repeat(1_900)}`],
  ])('then even %s end in a refusal', (_name, query) => {
    expect(plan(query).kind).toBe('refused');
  });
});

test.each([
  'please read the file weather.txt please',
  'show me the contents of a.txt then save it to b.txt',
  'write hello world to out.txt',
  'write the text "a" to a file named out.txt',
  'convert data.csv to json',
  'list all the tables in shop.db',
  'what tables are in shop.db',
  'describe the tables orders and items in shop.db',
])('when a word that means nothing stands anywhere in %j, then it is refused', (query) => {
  const words = query.split(' ');
  for (const junk of ['banana', 'not', 'quickly', '7x', '…', '#', 'ещё']) {
    for (const place of words.keys()) refusalOf(words.toSpliced(place, 0, junk).join(' '));
    refusalOf(`${query} ${junk}`);
  }
});

test('when the help shows an example, then it works', () => {
  const examples = [...OFFLINE_GRAMMAR_HELP.matchAll(/^ {2}portia run (["'])(.*)\1$/gm)].map((match) => match[2] ?? '');
  expect(examples.length).toBeGreaterThan(20);
  for (const example of examples) stepsOf(example);
});

test('when text is written, then no part of it is a template', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[{}$a "]*$/), (text) => {
      fc.pre(!text.includes('"'));
      const [, args] = callsOf(`write "${text}" to a.txt`)[0] ?? [];
      const { content } = args as { content: string };
      expect(parseTemplate(content)).toEqual(text === '' ? [] : [{ kind: 'text', text }]);
    }),
  );
});

const VOCABULARY = (
  'add 1 2.5 3 and then , . ? ! + - * / ^ ( ) % plus minus times x divided by multiplied squared to the power of from sum ' +
  'product it that result answer multiply subtract divide what is in how much read show file a notes.txt data.csv shop.db ' +
  'write save "text" hello into as convert json list tables describe orders run select query : please with on'
).split(' ');

test('when words of the language come in any order, then there is a valid plan or a refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...VOCABULARY), { maxLength: 12 }), (words) => {
      const query = words.join(' ');
      const planned = plan(query);
      if (planned.kind === 'refused') expect(planned.at).toBeLessThanOrEqual(query.length);
      else expect(checkPlan(planSchema.parse(planned.plan)).filter(({ severity }) => severity === 'error')).toEqual([]);
    }),
    { numRuns: 20_000 },
  );
});

test('when the request is any text at all, then there is a valid plan or a refusal inside it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', 'add 1 + ', 'read ', 'write '),
      (text, start) => {
        const planned = plan(start + text);
        if (planned.kind === 'plan') planSchema.parse(planned.plan);
        else expect(planned.at).toBeLessThanOrEqual(start.length + text.length);
      },
    ),
    { numRuns: 5_000 },
  );
});
