import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fileReaderTool } from '../../../src/tools/builtin/file-reader.js';
import { toolContext, withoutReads } from '../tool-context.js';
import { column, makeWorkbook, type Workbook } from './make-workbook.js';

let projectRoot = '';
beforeEach(async () => {
  projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-xlsx-')));
});
afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function read(workbook: Workbook, sheet?: string) {
  await writeFile(path.join(projectRoot, 'a.xlsx'), makeWorkbook(workbook));
  return withoutReads(
    fileReaderTool.run(toolContext({ projectRoot }), {
      filename: 'a.xlsx',
      ...(sheet !== undefined && { sheet }),
    }),
  );
}

const one = (...cells: string[]) => [{ name: 'S', rows: column(...cells) }];
const number = (value: string, style = 1) => `s="${style}"><v>${value}</v>`;

describe('times', () => {
  test.each<[string | number, string, unknown]>([
    ['yyyy\\-mm\\-dd;@', '45356', '2024-03-05'],
    ['[$-F800]dddd, mmmm dd, yyyy', '45356', '2024-03-05'],
    ['mmm-yy', '45356', '2024-03-05'],
    ['yyyy/mm/dd', '45356.25', '2024-03-05T06:00:00.000Z'],
    ['dd.mm.yyyy hh:mm', '45356', '2024-03-05T00:00:00.000Z'],
    ['m', '45356', '2024-03-05'],
    [14, '61', '1900-03-01'],
    [14, '60', '1900-02-28'],
    [14, '59', '1900-02-28'],
    [14, '1', '1900-01-01'],
    // 14:30 is 29/48 of a day, which is written a little below.
    [22, '45356.60416666666', '2024-03-05T14:30:00.000Z'],
    ['d. mmm yyyy h:mm', '0.4375', '10:30:00'],
    ['[$-409]h:mm AM/PM', '0.4375', '10:30:00'],
    [20, '0.999', '23:58:33.600'],
    ['mm:ss.0', '1.7361111111E-5', '00:00:01.500'],
    ['hh:mm', '45356.5', '2024-03-05T12:00:00.000Z'],
    [46, '1.5', 'PT36H'],
    ['[h]:mm', '0.0625', 'PT1H30M'],
    ['[mm]:ss', '1.7361111111E-5', 'PT1.5S'],
    ['[h]:mm:ss', '-0.25', '-PT6H'],
    ['[h]:mm', '0', 'PT0S'],
    [14, '-1', -1],
    [14, '1E300', 1e300],
    ['0.00" days"', '1.5', 1.5],
    ['[Red]#,##0', '45356', 45356],
    ['General', '45356', 45356],
    [0, '45356', 45356],
  ])('when a cell of the format %j has %s, then it is %j', async (format, value, expected) => {
    const result = await read({ sheets: one(number(value)), formats: [format] });
    expect(result).toMatchObject({ kind: 'output', value: [{ x: expected }] });
  });

  test('when days count from 1904, then they do, and times of day are the same', async () => {
    const sheets = one(number('43894'), number('0'), number('0.4375', 2));
    expect(await read({ sheets, formats: [14, 'h:mm'], from1904: true })).toMatchObject({
      value: [{ x: '2024-03-05' }, { x: '1904-01-01' }, { x: '10:30:00' }],
    });
  });
});

describe('cells', () => {
  test('when cells have errors, then they are texts and a warning names the first', async () => {
    const sheets = one('t="e"><f>1/0</f><v>#DIV/0!</v>', '><v>1</v>', 't="e"><v>#N/A</v>');
    expect(await read({ sheets })).toMatchObject({
      value: [{ x: '#DIV/0!' }, { x: 1 }, { x: '#N/A' }],
      warnings: ['a.xlsx has 2 cells with errors (the first is #DIV/0! in A2); each is read as a text.'],
    });
  });

  test('when formulas have no result, then they are null and told, and an empty text is a result', async () => {
    const sheets = one(
      '><v>1</v>',
      '><f>A2</f>',
      '><f>A2</f><v/>',
      't="str"><f>A2</f>',
      't="str"><f>""</f><v></v>',
      '><v>2</v>',
    );
    expect(await read({ sheets })).toMatchObject({
      value: [{ x: 1 }, { x: null }, { x: null }, { x: null }, { x: null }, { x: 2 }],
      warnings: [
        expect.stringMatching(
          /^a\.xlsx has 3 formulas without a stored result \(the first in A3\), read as null\. Open/,
        ),
      ],
    });
  });

  test('when a text has spaces at its ends, then they stay', async () => {
    const text = (value: string) => `t="inlineStr"><is><t xml:space="preserve">${value}</t></is>`;
    expect(await read({ sheets: one(text(' AB '), text('')) })).toMatchObject({ value: [{ x: ' AB ' }] });
  });
});

describe('sheets', () => {
  const value = (cell: number) => column(`><v>${cell}</v>`);
  const sheets = [
    { name: 'Chart' },
    { name: 'Notes', rows: value(1), state: 'veryHidden' as const },
    { name: 'Cover', rows: '' },
    { name: 'A &amp; B', rows: value(2) },
    { name: 'More', rows: value(3) },
  ];
  const listed = '"Chart" (no table), "Notes" (hidden), "Cover", "A & B", "More"';

  test('when none is said, then the first with cells that is shown is read and all are named', async () => {
    expect(await read({ sheets })).toEqual({
      kind: 'output',
      value: [{ x: 2 }],
      summary: `Sheet "A & B" of ${listed}`,
      warnings: [`a.xlsx has the sheets ${listed}; "A & B" was read. Say another one with sheet=NAME.`],
    });
  });

  test.each([
    ['More', 3],
    ['a & b', 2],
    ['Notes', 1],
  ])('when %s is said, then it is read without a warning', async (name, cell) => {
    const result = await read({ sheets }, name);
    expect(result).toMatchObject({ kind: 'output', value: [{ x: cell }] });
    expect(result).not.toHaveProperty('warnings');
  });

  test('when only empty sheets are beside it, then nothing is warned of', async () => {
    const result = await read({ sheets: [...one('><v>1</v>'), { name: 'Sheet2', rows: '' }] });
    expect(result).toEqual({ kind: 'output', value: [{ x: 1 }], summary: 'Sheet "S" of "S", "Sheet2"' });
  });

  test('when there are very many, then the first are named', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ name: `N${index}`, rows: '' }));
    const { summary } = { summary: '', ...(await read({ sheets: many })) };
    expect(summary).toMatch(/^Sheet "N0" of "N0", .*"N29", and 10 more$/);
  });

  test.each<[Workbook['sheets'], string | undefined, RegExp]>([
    [sheets, 'Sum', /it has no sheet "Sum"\. Its sheets are "Chart" \(no table\), "Notes"/],
    [sheets, 'Chart', /the sheet "Chart" is not a table\. Its sheets are /],
    [sheets.slice(0, 2), undefined, /no sheet with a table is shown\. .*"Notes" \(hidden\)\. .*sheet=NAME\.$/],
    [[], undefined, /names no sheets/],
  ])('when there is no such table (%#), then it is refused with the sheets', async (made, name, message) => {
    expect(await read({ sheets: made }, name)).toMatchObject({
      kind: 'failure',
      message: expect.stringMatching(message),
    });
  });
});
