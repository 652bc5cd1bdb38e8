import { describe, expect, test } from 'vitest';

import { plainXml, withPlaces } from '../../../src/tools/builtin/xlsx-xml.js';
import { column, makeWorkbook, type Workbook } from './make-workbook.js';
import { readHere } from './read-here.js';

async function valueOf(workbook: Workbook): Promise<unknown> {
  const result = await readHere('a.xlsx', makeWorkbook(workbook));
  return 'value' in result ? result.value : result;
}

const one = (rows: string) => [{ name: 'S', rows }];
const text = (inner: string) => `t="inlineStr"><is>${inner}</is>`;

/** What programs write in different ways. The values are those that openpyxl gives, times in the form of all others. */
describe('cells as other programs write them', () => {
  test.each<[what: string, cells: string[], values: unknown[]]>([
    ['parts of a text', [text('<r><t>one</t></r><r><rPr><b/></rPr><t xml:space="preserve"> two</t></r>')], ['one two']],
    ['characters as numbers', [text('<t>a&#10;b&#x1F600;&#128512;&amp;amp;</t>')], ['a\nb😀😀&amp;']],
    ['line ends', [text('<t>a\r\nb\rc\nd</t>'), text('<t>a&#13;&#xA;b_x000D_c</t>')], ['a\nb\nc\nd', 'a\r\nb\rc']],
    ['CDATA', [text('<t><![CDATA[<raw> & ]]></t>'), 't="str"><v><![CDATA[a]]>b</v>'], ['<raw> & ', 'ab']],
    [
      'spaces',
      [text('<t xml:space="preserve">  </t>'), text('<t>  x</t>'), 't="str"><v> s </v>'],
      ['  ', '  x', ' s '],
    ],
    ['digits as text', [text('<t>007</t>'), '><v>007</v>'], ['007', 7]],
    ['numbers in all forms', ['><v> 7 </v>', '><v>1e3</v>', '><v>-0</v>', '><v>1E-7</v>'], [7, 1000, 0, 1e-7]],
    ['numbers that are not numbers', ['><v>abc</v>', '><v>NaN</v>', 's="1"><v>INF</v>'], ['abc', 'NaN', 'INF']],
    ['truth values in words', ['t="b"><v>true</v>', 't="b"><v>false</v>', 't="b"><v>1</v>'], [true, false, true]],
    [
      'days and times in ISO 8601',
      [
        't="d"><v>2024-01-31</v>',
        't="d" s="1"><v>2024-01-31T10:30:00</v>',
        't="d"><v>10:30:00.5</v>',
        't="d"><v>2024-01-31T00:00:00Z</v>',
        't="d"><v>soon</v>',
      ],
      ['2024-01-31', '2024-01-31T10:30:00.000Z', '10:30:00.500', '2024-01-31T00:00:00.000Z', 'soon'],
    ],
    ['cells without a value', ['t="s"/>', '/>', '><v></v>', '><v>7</v>'], [null, null, null, 7]],
    [
      'shared formulas',
      ['><f t="shared" ref="A2:A3" si="0">1+1</f><v>2</v>', '><f t="shared" si="0"/><v>3</v>'],
      [2, 3],
    ],
    [
      'results of formulas',
      [
        't="str"><f>"x"</f><v>x</v>',
        't="b"><f>TRUE()</f><v>1</v>',
        's="1"><f>TODAY()</f><v>45322</v>',
        't="e"><f>1/0</f><v>#DIV/0!</v>',
      ],
      ['x', true, '2024-01-31', '#DIV/0!'],
    ],
    [
      'numbers with many digits',
      ['><v>12345678901234567890</v>', '><v>1.2345678901234567E+19</v>'],
      ['12345678901234567890', 12345678901234567000],
    ],
    [
      'times below zero and above a day',
      [
        's="1"><v>-5</v>',
        's="2"><v>-0.5</v>',
        's="3"><v>1.25</v>',
        's="3"><v>0.9999999</v>',
        's="1"><v>45322.9999999999</v>',
      ],
      [-5, '-PT12H', '1900-01-01T06:00:00.000Z', '23:59:59.991', '2024-02-01'],
    ],
  ])('when they have %s, then the values are right', async (_what, cells, values) => {
    const rows = column(...cells).replaceAll('/></c>', '/>');
    const made = { sheets: one(rows), formats: ['yyyy-mm-dd', 46, 20] };
    expect(await valueOf(made)).toEqual(values.map((x) => ({ x })));
  });

  test('when texts are shared, then how they are spoken is not a part of them', async () => {
    const strings =
      '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si><r><t>a</t></r><r><t xml:space="preserve"> b &#x1F600;</t></r></si>';
    const rows = column('t="s"><v>0</v>', 't="s"><v>1</v>');
    expect(await valueOf({ sheets: one(rows), strings })).toEqual([{ x: '東京' }, { x: 'a b 😀' }]);
  });

  test('when places are left out, then cells follow each other', async () => {
    const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const rows = `<row>${cell('a')}${cell('b')}</row><row><c><v>1</v></c><c s="1"><v>45322</v></c></row><row r="4"><c r="B4"><v>2</v></c></row>`;
    expect(await valueOf({ sheets: one(rows), formats: [14] })).toEqual([
      { a: 1, b: '2024-01-31' },
      { a: null, b: null },
      { a: null, b: 2 },
    ]);
  });

  test('when names are errors, truth values and days, then they are their texts', async () => {
    const rows =
      '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="b"><v>1</v></c><c r="C1" s="1"><v>45322</v></c><c r="D1"><v>2024</v></c></row><row r="2"><c r="A2"><v>1</v></c><c r="C2"><v>3</v></c></row>';
    expect(await valueOf({ sheets: one(rows), formats: [14] })).toEqual([
      { 2024: null, '#N/A': 1, true: null, '2024-01-31': 3 },
    ]);
  });

  test('when cells are merged, then the value is in the first of them', async () => {
    const rows = column('><v>1</v>', '/>', '><v>3</v>').replaceAll('/></c>', '/>');
    expect(await valueOf({ sheets: one(rows) })).toEqual([{ x: 1 }, { x: null }, { x: 3 }]);
  });

  test.each([
    [
      'quotes of the other kind',
      `<row r='1'><c r='A1' t='inlineStr'><is><t>x</t></is></c></row><row r='2'><c r='A2' s='1'><v>45322</v></c></row>`,
    ],
    [
      'a comment',
      '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><!-- <row r="9"><c r="A9"><v>9</v></c></row> --><row r="2"><c r="A2" s="1"><v>45322</v></c></row>',
    ],
    [
      'an empty cell far away',
      '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="2"><c r="A2" s="1"><v>45322</v></c></row><row r="1048576"><c r="A1048576" s="1"/></row>',
    ],
  ])('when a sheet has %s, then it is read', async (_what, rows) => {
    expect(await valueOf({ sheets: one(rows), formats: [14] })).toEqual([{ x: '2024-01-31' }]);
  });

  test.each([
    ['a shared text that is not there', column('t="s"><v>99</v>')],
    ['rows in another order', '<row r="3"><c r="A3"><v>3</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'],
    ['cells in another order', '<row r="1"><c r="B1"><v>3</v></c><c r="A1"><v>2</v></c></row>'],
  ])('when a sheet has %s, then it is refused and not read in part', async (_what, rows) => {
    expect(await valueOf({ sheets: one(rows) })).toMatchObject({
      kind: 'failure',
      message: expect.stringMatching(/./),
    });
  });
});

describe('the XML of a spreadsheet', () => {
  test.each([
    ['UTF-16', Buffer.from('\uFEFF<?xml version="1.0" encoding="UTF-16"?><t>é</t>', 'utf16le'), '<t>é</t>'],
    ['CDATA', Buffer.from('<t>é<![CDATA[a]]<b]]></t>'), '<t>éa]]&lt;b</t>'],
    [
      'numbers of rare characters',
      Buffer.from('&#x1f600;&#65;&#x110000;&#9999999999;'),
      '😀&#65;&#x110000;&#9999999999;',
    ],
    ['Windows line ends', Buffer.from('<t>\r\né\r&#13;</t>\r\n'), '<t>\né\n&#13;</t>\n'],
    ['nothing of this', Buffer.from('<t>&amp;é</t>'), '<t>&amp;é</t>'],
  ])('when it has %s, then it means the same without', (_what, xml, plain) => {
    expect(plainXml(xml).toString()).toBe(plain);
  });

  test('when places are given or left out, then each cell has its own', () => {
    const xml =
      '<x:row spans="1"><x:c/><x:c r="AZ1" s="1"><v>1</v></x:c><x:c t="b"/></x:row><cols/><x:row r="7"><x:c/></x:row>';
    expect(withPlaces(xml)).toBe(
      '<x:row r="1" spans="1"><x:c r="A1"/><x:c r="AZ1" s="1"><v>1</v></x:c><x:c r="BA1" t="b"/></x:row><cols/><x:row r="7"><x:c r="A7"/></x:row>',
    );
  });
});
