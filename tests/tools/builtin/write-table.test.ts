import { describe, expect, test } from 'vitest';

import { column, makeWorkbook } from './make-workbook.js';
import { readHere } from './read-here.js';

const YEARS = 'Country,2020,2019\nOman,1,\n';

describe('a table as text', () => {
  test.each<[string, string | Buffer, 'json' | 'csv', string]>([
    ['years.csv', YEARS, 'json', '[{"Country":"Oman","2020":"1","2019":""}]\n'],
    ['years.tsv', YEARS.replaceAll(',', '\t'), 'csv', YEARS],
    ['years.json', '[{"Country":"Oman","2020":1,"2019":null}]', 'csv', YEARS],
    ['years.json', ' [{"Country":"Oman", "2020":1}] ', 'json', '[{"Country":"Oman", "2020":1}]\n'],
    ['a.ndjson', '{"b":1,"7":2}\r\n\n{"b":3,"9":"x"}\n', 'csv', 'b,7,9\n1,2,\n3,,x\n'],
    ['a.jsonl', '{"b":1}\n\n{"b":9007199254740993}', 'json', '[{"b":1},{"b":9007199254740993}]\n'],
    ['a.yaml', '- {b: 1, c: "x,y"}\n- {c: true}\n', 'csv', 'b,c\n1,"x,y"\n,true\n'],
    ['a.yaml', 'b: [1]\n', 'json', '{"b":[1]}\n'],
    ['a.json', '[{"id":9007199254740993,"list":[1,"a"]}]', 'csv', 'id,list\n9007199254740993,"[1,""a""]"\n'],
    ['a.csv', 'a;b\n"say ""hi""";" x "\n', 'csv', 'a,b\n"say ""hi""", x \n'],
    ['a.csv', 'a\n""\n"1\n2"\n', 'csv', 'a\n""\n"1\n2"\n'],
    ['a.csv', 'a,a\n1,2\n', 'json', '[{"a":"1","a (2)":"2"}]\n'],
    ['a.csv', '__proto__,b\n1,2\n', 'json', '[{"__proto__":"1","b":"2"}]\n'],
    ['empty.csv', '', 'json', '[]\n'],
  ])(
    'when %s (%#) is read as text, then its columns keep their order, without a warning',
    async (name, content, as, text) => {
      expect(await readHere(name, content, { as })).toEqual({ kind: 'output', value: text });
    },
  );

  test('when it is read as CSV again, then it is the same table', async () => {
    const cells = ['', ' ', 'a,b', 'a;b', '"', '""', 'x\ny', '\r\n', 'é', "'", '=1+1', '\t'];
    const csv = `n,x\n${cells.map((cell, row) => `${row},"${cell.replaceAll('"', '""')}"\n`).join('')}`;
    const written = await readHere('a.csv', csv, { as: 'csv' });
    const text = 'value' in written ? String(written.value) : '';
    expect(await readHere('b.csv', text)).toEqual({
      kind: 'output',
      value: cells.map((x, row) => ({ n: String(row), x })),
    });
  });

  test('when a spreadsheet is read as CSV, then its cells are as in the value', async () => {
    const rows = column('><v>1.5</v>', 't="b"><v>1</v>', 's="1"><v>45356</v>', '><v>9007199254740993</v>');
    const made = makeWorkbook({ sheets: [{ name: 'S', rows }], formats: [14] });
    expect(await readHere('a.xlsx', made, { as: 'csv' })).toEqual({
      kind: 'output',
      value: 'x\n1.5\ntrue\n2024-03-05\n9007199254740993\n',
      summary: 'Sheet "S" of "S"',
    });
  });

  test.each<[string, string, RegExp]>([
    ['a.json', '{"a": 1}', /it is not a list of objects, so it has no columns\. Convert it to JSON\.$/],
    ['a.json', '[{"a": 1}, 2]', /not a list of objects/],
    ['a.txt', 'a', /as does not apply to a \.txt file/],
  ])('when %s is %s, then it is not CSV, and the reason is given', async (name, content, message) => {
    expect(await readHere(name, content, { as: 'csv' })).toMatchObject({
      kind: 'failure',
      message: expect.stringMatching(message),
    });
  });
});

describe('names that are whole numbers', () => {
  test.each([
    ['a.csv', YEARS, 'Country, 2020, 2019'],
    ['a.json', '[{"z": 1, "2020": 2}, {"y": 1, "2020": 2}]', 'z, 2020'],
    ['a.ndjson', '{"a": 1}\n{"z": 1, "2020": 2}\n', 'z, 2020'],
    ['a.yaml', '- a: 1\n- {z: 1, "2020": 2}\n', 'z, 2020'],
    ['long.json', `[${'{"a":1},'.repeat(10_000)}{"z":1,"2020":2}]`, 'z, 2020'],
  ])('when %s has them behind others, then a warning gives their order once', async (name, content, order) => {
    expect(await readHere(name, content)).toMatchObject({
      kind: 'output',
      summary: `Columns: ${order}`,
      warnings: [`${name} has names that are whole numbers, which come first in its value. In its order: ${order}.`],
    });
  });

  test('when they are first already, then nothing is warned of', async () => {
    const result = await readHere('a.json', '[{"2019": 1, "2020": 2, "z": 3}]');
    expect(result).toEqual({ kind: 'output', value: [{ 2019: 1, 2020: 2, z: 3 }] });
  });
});
