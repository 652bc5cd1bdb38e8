import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { makeXlsx } from '../tools/builtin/make-xlsx.js';
import { cityPlan, resultsOf } from './batch-project.js';

const PLAN = cityPlan([{ kind: 'compute', expression: '[$city, $calls]', output: '$out' }], {
  plan_inputs: [
    { name: '$city', schema: { type: 'string' } },
    { name: '$calls', schema: { type: 'integer' }, default: 1 },
  ],
});

async function runBatch(name: string, content: string | Buffer, flags: string[] = []) {
  const cwd = makeProject({ 'plan.json': PLAN });
  writeFileSync(join(cwd, name), content);
  const ran = await portiaHere(['run-plan', 'plan.json', '--batch', name, '--json', ...flags], { cwd });
  return { ...ran, results: resultsOf(ran.stdout) };
}

const TWO = [
  ['Oslo', 2],
  ['Rome', 1],
];

describe('a batch of a file that is not lines', () => {
  test.each<[string, string | Buffer]>([
    ['rows.csv', 'city,calls\nOslo,2\nRome,\n'],
    ['rows.csv', 'sep=;\r\n$city;calls\r\nOslo;2\r\nRome;\r\n'],
    ['rows.CSV', Buffer.from('\uFEFFcity\tcalls\nOslo\t2\nRome\t1\n', 'utf16le')],
    ['rows.tsv', 'city\tcalls\nOslo\t2\nRome\t1\n'],
    [
      'rows.xlsx',
      makeXlsx([
        ['city', 'calls'],
        ['Oslo', 2],
        ['Rome', null],
      ]),
    ],
    ['rows.json', '\uFEFF\n[{"city": "Oslo", "calls": 2},\n {"city": "Rome"}]'],
    ['rows.json', '{"city": "Oslo", "calls": 2}\n{"city": "Rome"}\n'],
    ['rows.yaml', '# today\n- city: Oslo\n  calls: 2\n- {city: Rome}\n'],
    ['rows.yml', '[{"city": "Oslo", "calls": 2}, {"$city": "Rome"}]'],
  ])('when it is %s (%#) then each row or entry is a run', async (name, content) => {
    const { code, results } = await runBatch(name, content);
    expect(results.map(({ line, final_output }) => [line, final_output?.value])).toEqual(
      TWO.map((value, index) => [index + 1, value]),
    );
    expect(code).toBe(0);
  });

  test('when a table has columns without an input then they are left out and told once, and flags fill in', async () => {
    const { code, results, stderr } = await runBatch('rows.csv', 'zip,citty\n1,x\n2,y\n', ['-i', 'city=Bonn']);
    expect([code, results.map(({ final_output }) => final_output?.value)]).toEqual([
      0,
      [
        ['Bonn', 1],
        ['Bonn', 1],
      ],
    ]);
    const said = stderr.replaceAll(/\s+/g, ' ');
    expect(
      said.split('rows.csv: the plan has no input for the columns "zip", "citty" (did you mean city?)'),
    ).toHaveLength(2);
  });

  test('when rows and entries do not fit then each says so by its number, and the others are run', async () => {
    const table = await runBatch('rows.csv', 'city,calls\nOslo,many\nRome,2\n,3\n');
    expect([table.code, table.results.map(({ error }) => error?.message)]).toEqual([
      1,
      ['Row 1: calls: must be integer', undefined, undefined],
    ]);
    const list = await runBatch('rows.json', '[{"city": "Oslo"}, 3, {"city": "x", "cite": 1}, {}]');
    expect(list.results.map(({ error }) => error?.message)).toEqual([
      undefined,
      'Entry 2 is not an object.',
      'Entry 3: The plan has no input "cite"; did you mean city?',
      'Entry 4: The plan needs an input that is not given: city.',
    ]);
  });

  test('when a table is not plain then its warnings are told', async () => {
    const { code, stderr } = await runBatch('rows.csv', Buffer.from('city;calls\nK\xf6ln;2\nRome\n', 'latin1'));
    expect([code, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringMatching(/rows\.csv is not UTF-8 text, .*rows\.csv has a row with fewer cells/),
    ]);
  });

  test.each([
    ['rows.csv', 'a;b,c\n1;2,3\n', /separated by "," or ";"/],
    ['rows.csv', 'city\n1,2\n', /Line 2 has 2 cells/],
    ['rows.xlsx', 'no zip', /not an Office file/],
    ['rows.json', '[{"city": "Oslo"},]', /^It is not JSON\. Line 1, column 18: /],
    ['rows.json', '[{"city": 9007199254740993}]', /more digits/],
    ['rows.yaml', 'city: Oslo\n', /^It is not a list\.$/],
    ['rows.yaml', '- city: 012\n', /Line 1, column 9: this number begins with 0/],
    ['rows.yaml', '- city: [\n', /^It is not YAML\. Line /],
  ])('when %s cannot be read (%#) then nothing is run, and the reason is given', async (name, content, why) => {
    const ran = await runBatch(name, content);
    const error = expectError(ran, { code: 'invalid-input', exit: 2 });
    expect([error.message, error.why]).toEqual([`The batch ${name} cannot be read.`, expect.stringMatching(why)]);
    expect(error.fix).toMatch(/./);
    expect(ran.stdout).toBe('');
  });

  test.each([
    ['rows.ndjson', '\uFEFF{"city": "Oslo"}\r\n{"city": "Rome"}\r\n'],
    ['rows.json', '[{"city": "Oslo"}]\n'],
    ['rows.txt', '{"city": "Oslo"}\n'],
  ])('when %s (%#) is UTF-16 then that is told once, and nothing is run', async (name, text) => {
    const ran = await runBatch(name, Buffer.from(text, 'utf16le'));
    const error = expectError(ran, { code: 'unreadable', exit: 2 });
    expect([error.why, error.fix]).toEqual([
      'It is UTF-16 text.',
      'Save it as UTF-8: iconv -f UTF-16 -t UTF-8 OLD > NEW',
    ]);
    expect(ran.stdout).toBe('');
  });

  test('when a batch of a table cannot be read then the printed command makes one that can', async () => {
    const cwd = makeProject({ 'plan.json': PLAN, 'rows.csv': 'city;note,x\nOslo;2,3\n' });
    const refused = await portiaHere(['run-plan', 'plan.json', '--batch', 'rows.csv', '--json'], { cwd });
    const { fix } = expectError(refused, { code: 'invalid-input', exit: 2 });
    const [words = ''] = (fix ?? '').split('   #');
    const args = [...words.split(' ').slice(1), 'delimiter=;'];
    expect((await portiaHere(args, { cwd })).code).toBe(0);
    const { stdout } = await portiaHere(['run-plan', 'plan.json', '--batch', 'other.csv', '--json'], { cwd });
    expect(resultsOf(stdout)).toMatchObject([{ final_output: { value: ['Oslo', 1] } }]);
  });
});
