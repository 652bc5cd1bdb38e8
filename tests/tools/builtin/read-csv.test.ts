import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fileReaderTool } from '../../../src/tools/builtin/file-reader.js';
import { toolContext, withoutReads } from '../tool-context.js';

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-csv-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function read(content: string | Buffer, { name = 'a.csv', ...options }: Record<string, string> = {}) {
  await writeFile(path.join(projectRoot, name), content);
  return withoutReads(fileReaderTool.run(toolContext({ projectRoot }), { filename: name, ...options }));
}

const TWO = [
  { id: '007', name: 'Ada, L.' },
  { id: '008', name: 'Bob' },
];

describe('what parts the cells', () => {
  test.each<[string, string, unknown]>([
    ['semicolons', 'id;name\n007;Ada, L.\n008;Bob\n', TWO],
    ['tabs', 'id\tname\r\n007\tAda, L.\r\n008\tBob\r\n', TWO],
    ['bars', 'id|name\n007|Ada, L.\n008|Bob\n', TWO],
    ['commas', 'id,name\n007,"Ada, L."\n008,Bob\n', TWO],
    ['commas below a name with semicolons', 'a,"x;y;z"\n1,"2;3"\n', [{ a: '1', 'x;y;z': '2;3' }]],
    ['semicolons and numbers with commas', 'a;b;c\n1,5;2,5;3\n', [{ a: '1,5', b: '2,5', c: '3' }]],
    [
      'semicolons and a comma in the first row only',
      'a;price, EUR\n1;2\n3;4\n',
      [
        { a: '1', 'price, EUR': '2' },
        { a: '3', 'price, EUR': '4' },
      ],
    ],
    ['a line that names it', 'sep=;\r\nid;name\r\n007;Ada, L.\r\n008;Bob\r\n', TWO],
    ['one column', 'note\nplain\n', [{ note: 'plain' }]],
  ])('when a text has %s, then its columns are found', async (_, text, value) => {
    expect(await read(text)).toEqual({ kind: 'output', value });
  });

  test.each([
    ['tab', 'id;1\tname\n2\tB\n', [{ 'id;1': '2', name: 'B' }]],
    ['#', 'id#name\n1#A,B\n', [{ id: '1', name: 'A,B' }]],
    [',', 'sep=;\na,b;c\n1,2;3\n', [{ a: '1', 'b;c': '2;3' }]],
  ])('when it is said to be %s, then it is that', async (delimiter, text, value) => {
    expect(await read(text, { delimiter })).toEqual({ kind: 'output', value });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a;b,c\n1;2,3\n', {}, /separated by "," or ";"\. Say which: delimiter="," or delimiter=";"\.$/],
    ['a;b\n', { delimiter: ';;' }, /";;" is not one character/],
    ['{}', { delimiter: ';', name: 'a.json' }, /delimiter does not apply to a \.json file\. Leave it out/],
  ])('when %j is read with %j, then it is refused with what to say', async (text, options, message) => {
    expect(await read(text, options)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });
});

describe('the encoding', () => {
  const JOSE = [{ name: 'José' }];

  test.each<[string, Buffer]>([
    ['UTF-8 with a mark', Buffer.from('\uFEFFname\nJosé\n')],
    ['UTF-16', Buffer.from('\uFEFFname\nJosé\n', 'utf16le')],
    ['UTF-16 of the other order', Buffer.from('\uFEFFname\nJosé\n', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('name\nJosé\n', 'utf16le')],
  ])('when a table is %s, then it is read', async (_, content) => {
    expect(await read(content)).toEqual({ kind: 'output', value: JOSE });
  });

  test('when it is Windows-1252, then it is read with a warning', async () => {
    // 0x80 is the euro sign there, and nothing that is seen in latin-1.
    expect(await read(Buffer.from('name;sum\nJos\xe9;\x80 5\n', 'latin1'))).toEqual({
      kind: 'output',
      value: [{ name: 'José', sum: '€ 5' }],
      warnings: [expect.stringMatching(/^a\.csv is not UTF-8 text, so it was read as Windows-1252\. .*encoding=/)],
    });
  });

  test('when it is said, then it is that, without a warning', async () => {
    expect(await read(Buffer.from('name\n\xa3\n', 'latin1'), { encoding: 'iso-8859-2' })).toEqual({
      kind: 'output',
      value: [{ name: 'Ł' }],
    });
    expect(await read(Buffer.from('Gr\xfc\xdfe', 'latin1'), { name: 'a.txt', encoding: 'cp1252' })).toEqual({
      kind: 'output',
      value: 'Grüße',
    });
  });

  test.each<[Buffer, Record<string, string>, RegExp]>([
    [Buffer.from('a\n\xe9\x81\n', 'latin1'), {}, /neither UTF-8 nor Windows-1252 text\. .*say its encoding/],
    [Buffer.from('a\n\xff\n', 'latin1'), { encoding: 'utf-8' }, /not UTF-8 text/],
    [Buffer.from('a\n'), { encoding: 'utf-9' }, /encoding "utf-9" is not known\. Say utf-8, /],
  ])('when a table cannot be that (%#), then it is refused with what to say', async (content, options, message) => {
    expect(await read(content, options)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });
});

describe('rows and names that do not fit', () => {
  test('when columns have one name, then each later one gets a number that is free', async () => {
    expect(await read('a,a,a (2),a,,column_5\n1,2,3,4,5,6\n')).toEqual({
      kind: 'output',
      value: [{ a: '1', 'a (3)': '2', 'a (2)': '3', 'a (4)': '4', column_5: '5', 'column_5 (2)': '6' }],
    });
  });

  test('when columns are called by years, then a warning gives their order', async () => {
    expect(await read('Country,2020,2019\nOman,1,2\n')).toEqual({
      kind: 'output',
      value: [{ Country: 'Oman', 2020: '1', 2019: '2' }],
      summary: 'Columns: Country, 2020, 2019',
      warnings: [
        expect.stringMatching(/^a\.csv has names that are whole numbers.* In its order: Country, 2020, 2019\.$/),
      ],
    });
    expect(await read('2019,2020,Country\n1,2,Oman\n')).not.toHaveProperty('warnings');
    const wide = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(await read(`${wide.join(',')}\n`)).toMatchObject({ warnings: [expect.stringMatching(/ 72, 71, …\.$/)] });
  });

  test('when rows are short, then null is filled in and told once', async () => {
    expect(await read('a,b,c\n1,2\n   \n"x\ny"\n7,8,\n')).toEqual({
      kind: 'output',
      value: [
        { a: '1', b: '2', c: null },
        { a: 'x\ny', b: null, c: null },
        { a: '7', b: '8', c: '' },
      ],
      warnings: [
        'a.csv has 2 rows with fewer cells than the first row (the first on line 2); what is missing there is null.',
      ],
    });
  });

  test.each([
    ['a,b\n1,2\n3,4,5\n', /line 3 has 3 cells, but the first row names 2 columns\. Correct that line .*delimiter\.$/],
    ['sep=;\na;b\n1;2;3\n', /line 3 has 3 cells/],
    ['Turnover of May\n\nday;sum\n1;2\n', /line 3 has 2 cells, but the first row names 1 column\./],
  ])('when a row of %j is long, then it is refused with its line and a cure', async (text, message) => {
    expect(await read(text)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });

  test('when the table is large, then it is read the same way', async () => {
    const large = Buffer.from(`id;name;id\n${'1;Jos\xe9;3\n'.repeat(10_000)}4\n`, 'latin1');
    const result = await read(large);
    expect(result).toMatchObject({
      kind: 'output',
      warnings: [expect.stringContaining('Windows-1252'), expect.stringMatching(/a row .* line 10002/)],
    });
    expect(JSON.stringify(result)).toContain(
      '{"id":"1","name":"José","id (2)":"3"},{"id":"4","name":null,"id (2)":null}]',
    );
  });
});
