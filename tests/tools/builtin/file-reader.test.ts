import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fileReaderTool } from '../../../src/tools/builtin/file-reader.js';
import { toolContext, withoutReads } from '../tool-context.js';
import { makeXlsx, zip } from './make-xlsx.js';

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-reader-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function put(name: string, content: string | Buffer): Promise<void> {
  await mkdir(path.dirname(path.join(projectRoot, name)), { recursive: true });
  await writeFile(path.join(projectRoot, name), content);
}

const read = (filename: string) => withoutReads(fileReaderTool.run(toolContext({ projectRoot }), { filename }));

const ONE_SHEET = { summary: 'Sheet "S" of "S"' };

describe('a file that is there', () => {
  test.each<[string, string | Buffer, unknown]>([
    ['a.txt', 'Grüße\n', 'Grüße\n'],
    ['a.TXT', '', ''],
    ['a.log', '\uFEFFline', 'line'],
    ['a.md', '# Title', '# Title'],
    ['a.json', '{"a": [1, null]}', { a: [1, null] }],
    [
      'a.csv',
      'name,zip\n"Ada, L.",007\n\nBob,\n',
      [
        { name: 'Ada, L.', zip: '007' },
        { name: 'Bob', zip: '' },
      ],
    ],
    ['a.tsv', 'name\tzip\nAda, L.; x\t007\n', [{ name: 'Ada, L.; x', zip: '007' }]],
    ['a.tsv', 'name\nAda, L.\nBo, M.\n', [{ name: 'Ada, L.' }, { name: 'Bo, M.' }]],
    ['a.tsv', 'name, first\nAda\n', [{ 'name, first': 'Ada' }]],
    ['a.tsv', 'name,zip\n', []],
    ['a.tsv', 'sep=;\nname;zip\nAda;007\n', [{ name: 'Ada', zip: '007' }]],
    ['a.ndjson', '{"a": 1}\r\n\r\n[2]\r\n"x"', [{ a: 1 }, [2], 'x']],
    ['a.jsonl', '\uFEFF{"a": 1}\n', [{ a: 1 }]],
    ['empty.jsonl', '', []],
    ['a.yaml', 'a: [1, no, null]\nb: "007"\n', { a: [1, 'no', null], b: '007' }],
    ['a.yml', '- 1.5\n- &x {y: 2}\n- *x\n', [1.5, { y: 2 }, { y: 2 }]],
    ['utf-16.json', Buffer.from('\uFEFF{"a": 1}', 'utf16le'), { a: 1 }],
    ['utf-16.txt', Buffer.from('\uFEFFGrüße\r\n', 'utf16le'), 'Grüße\r\n'],
    ['empty.csv', '', []],
    ['head.csv', 'a,b\n', []],
    ['gap.csv', 'a,\n1,2\n', [{ a: '1', column_2: '2' }]],
    [
      'a.xlsx',
      makeXlsx([
        ['item', 'count', 'ok'],
        ['pen', 2.5, true],
        ['ink', null, false],
      ]),
      [
        { item: 'pen', count: 2.5, ok: true },
        { item: 'ink', count: null, ok: false },
      ],
    ],
  ])('when it is %s, then its value is given', async (name, content, value) => {
    await put(name, content);
    expect(await read(name)).toEqual({ kind: 'output', value, ...(name.endsWith('.xlsx') && ONE_SHEET) });
  });

  test.each<[string, string | Buffer]>([
    ['large.json', JSON.stringify([{ id: 'ID' }, 'x'.repeat(3_000_000)]).replace('"ID"', '9007199254740993')],
    ['a.jsonl', '1\n{"id":9007199254740993}\n'],
    ['large.jsonl', `${'1\n'.repeat(40_000)}{"id":9007199254740993}\n`],
    ['a.xlsx', makeXlsx([['id']], '<row r="2"><c r="A2"><v>9007199254740993</v></c></row>')],
    ['a.yaml', '- 1\n- id: 9007199254740993\n'],
  ])('when %s has a whole number that a number cannot keep, then its digits are kept', async (name, content) => {
    await put(name, content);
    const result = await read(name);
    expect(result).toMatchObject({ kind: 'output', warnings: [expect.stringContaining('9007199254740993')] });
    expect(JSON.stringify(result)).toContain('{"id":"9007199254740993"}');
  });

  test('when a column is called __proto__, then it is a column like others', async () => {
    await put('a.csv', '__proto__,b\n1,2\n');
    expect(JSON.stringify(await read('a.csv'))).toBe('{"kind":"output","value":[{"__proto__":"1","b":"2"}]}');
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['a.txt', Buffer.from([0x66, 0xff]), /not UTF-8/],
    ['a.json', '{"a":', /not JSON/],
    ['a.json', '', /not JSON/],
    ['deep.json', '['.repeat(300) + ']'.repeat(300), /deeper than 256/],
    ['a.tsv', 'name,zip\nAda,007\n', /separated by "," or tab\. Say which: delimiter="," or delimiter=tab\.$/],
    ['a.csv', 'a\n"open', /line 2, and no quote closes it/],
    ['a.jsonl', '{"a": 1}\n\n{"a":\n', /line 3: it is not JSON: .* Each line must be one JSON value\.$/],
    ['a.yaml', 'a: 1\nb: [2\n', /it is not YAML\. Line \d, column \d+: /],
    ['deep.yaml', `${'['.repeat(300)}${']'.repeat(300)}`, /not YAML/],
    ['a.xlsx', 'no zip', /xlsx/],
    ['bomb.xlsx', zip({ a: 'x' }, { announced: 3_000_000_000 }), /unpacks to more/],
    ['large.txt', 'x'.repeat(32_000_001), /larger than/],
    ['weather.xyz', 'x', /ending \.xyz/],
    ['Makefile', 'x', /no ending/],
  ])('when %s cannot be read (%#), then it is a failure with the reason', async (name, content, message) => {
    await put(name, content);
    expect(await read(name)).toMatchObject({
      kind: 'failure',
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  test.each(['../a.txt', '/etc/hosts.txt', '.env.txt', 'plans/a.json', 'portia.json', 'a\0.txt'])(
    'when the name is %j, then it is refused and nothing is searched',
    async (name) => {
      await put('deep/a.txt', 'x');
      expect(await read(name)).toMatchObject({ kind: 'failure' });
    },
  );

  test('when a folder has the name, then it is a failure', async () => {
    await mkdir(path.join(projectRoot, 'a.txt'));
    expect(await read('a.txt')).toMatchObject({ kind: 'failure', message: expect.stringContaining('folder') });
  });
});

describe('a file that means more work than its size', () => {
  const csv = (columns: number, rows: number) => {
    const row = (cell: (column: number) => string) =>
      Array.from({ length: columns }, (_, column) => cell(column)).join();
    return [row((column) => `c${column}`), ...Array<string>(rows).fill(row(() => 'x'))].join('\n');
  };

  test('when it is a large table, then it is read as a small one is', async () => {
    await put('wide.csv', csv(30_000, 1));
    const wide = await read('wide.csv');
    expect(wide).toMatchObject({ kind: 'output', value: [{ c0: 'x', c29999: 'x' }] });
    await put('long.csv', `__proto__,b\n${'1,2\n'.repeat(30_000)}`);
    expect(JSON.stringify(await read('long.csv'))).toMatch(/\{"__proto__":"1","b":"2"\}\]\}$/);
    await put('long.json', `\uFEFF[${'{"a": 1}, '.repeat(10_000)}2]`);
    expect(await read('long.json')).toMatchObject({ value: expect.arrayContaining([{ a: 1 }, 2]) });
    await put('long.yaml', '- a: 1\n'.repeat(10_000));
    expect(await read('long.yaml')).toEqual({
      kind: 'output',
      value: Array.from({ length: 10_000 }, () => ({ a: 1 })),
    });
    await put('packed.xlsx', makeXlsx([['a'], ['x'.repeat(100_000)]], '', { deflate: true }));
    expect(await read('packed.xlsx')).toEqual({ kind: 'output', value: [{ a: 'x'.repeat(100_000) }], ...ONE_SHEET });
  });

  test('when only an empty cell of a spreadsheet is far away, then the rest is read', async () => {
    await put('far.xlsx', makeXlsx([['a'], [1]], '<row r="1048576"><c r="XFD1048576" s="0"/></row>'));
    expect(await read('far.xlsx')).toEqual({ kind: 'output', value: [{ a: 1 }], ...ONE_SHEET });
  });

  const FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
  test.each<[string, () => string | Buffer, RegExp]>([
    ['far.xlsx', () => makeXlsx([['a']], FAR), /1048576 rows and 16384 columns, and at most 4000000 cells.*run_sql/],
    ['lies.xlsx', () => makeXlsx([['x'.repeat(10_000)]], '', { deflate: true, announced: 10 }), /damaged/],
    ['cut.xlsx', () => makeXlsx([['a']]).subarray(200), /damaged/],
    ['cells.csv', () => 'a,b\n' + ',\n'.repeat(2_000_000), /more than 4000000 cells \(rows × columns\).*run_sql/],
    ['names.csv', () => `${'n'.repeat(30_000)}\n${'1\n'.repeat(16_000)}`, /more than 100000000 characters/],
    ['values.json', () => `[${'[],'.repeat(2_000_000)}1]`, /more than 4000000 values/],
    ['values.jsonl', () => '[[],[],[],[],[],[],[],[]]\n'.repeat(250_000), /more than 4000000 values/],
    ['long.json', () => `[${'1,'.repeat(50_000)}`, /not JSON/],
    ['long.csv', () => csv(1_000, 80).replace('c999', '"c1'), /begins with a quote on line 1/],
  ])('when %s is read, then it is refused with the reason', async (name, content, reason) => {
    await put(name, content());
    expect(await read(name)).toMatchObject({ kind: 'failure', message: expect.stringMatching(reason) });
  });

  test('when its time is over, then reading ends at once', async () => {
    await put('large.csv', csv(10, 300_000));
    const context = toolContext({ projectRoot, signal: AbortSignal.timeout(50) });
    const reading = fileReaderTool.run(context, { filename: 'large.csv' });
    await expect(reading).rejects.toThrow('timeout');
  });
});

describe('a file that is not there', () => {
  test('when two files have its name, then a person chooses between them', async () => {
    await put('old/weather.txt', 'rain');
    await put('demo_runs/weather.txt', 'sun');
    expect(await read('weather.txt')).toEqual({
      kind: 'clarifications',
      clarifications: [
        {
          category: 'Multiple Choice',
          user_guidance: expect.stringContaining('weather.txt'),
          argument_name: 'filename',
          options: ['demo_runs/weather.txt', 'old/weather.txt'],
          source: 'File reader tool',
        },
      ],
    });
    expect(await read('demo_runs/weather.txt')).toEqual({ kind: 'output', value: 'sun' });
  });

  test('when one file has its name, then a person confirms it, and the question carries the path', async () => {
    await put('old/weather.txt', 'rain');
    expect(await read('data/weather.txt')).toEqual({
      kind: 'clarifications',
      clarifications: [
        {
          category: 'User Verification',
          user_guidance: expect.stringContaining('old/weather.txt'),
          args: { filename: 'old/weather.txt' },
          source: 'File reader tool',
        },
      ],
    });
  });

  test('when one file has its name, then its question keeps what was said of the one that is not there', async () => {
    await put('old/prices.csv', 'a|b\n1|2');
    expect(
      await withoutReads(fileReaderTool.run(toolContext({ projectRoot }), { filename: 'prices.csv', delimiter: '|' })),
    ).toMatchObject({
      clarifications: [{ args: { filename: 'old/prices.csv', delimiter: '|' } }],
    });
  });

  test('when none has its name, then it is a failure that says where was looked', async () => {
    expect(await read('weather.txt')).toMatchObject({ kind: 'failure', message: expect.stringContaining(projectRoot) });
  });

  test('when copies are only where tools do not look, then none is found', async () => {
    for (const folder of ['.hidden', 'node_modules/x', 'plans', 'runs/prun-1', 'users']) {
      await put(`${folder}/weather.txt`, 'x');
    }
    await put('other/real.md', 'x');
    await symlink(path.join(projectRoot, 'other'), path.join(projectRoot, 'weather-link'));
    await symlink(path.join(projectRoot, 'other/real.md'), path.join(projectRoot, 'other/weather.txt'));
    expect(await read('weather.txt')).toMatchObject({ kind: 'failure' });
  });

  test('when the run is interrupted, then the search ends', async () => {
    const context = toolContext({ projectRoot, signal: AbortSignal.abort(new Error('stopped')) });
    await expect(fileReaderTool.run(context, { filename: 'weather.txt' })).rejects.toThrow('stopped');
  });
});
