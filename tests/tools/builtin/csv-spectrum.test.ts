import { describe, expect, test } from 'vitest';

import { readHere } from './read-here.js';

const value = async (text: string | Buffer) => {
  const result = await readHere('a.csv', text);
  return 'value' in result ? result.value : result;
};

/** What every reader of CSV should agree on, in the manner of the csv-spectrum suite. */
describe('CSV of the usual writers', () => {
  test.each<[what: string, text: string, rows: unknown]>([
    [
      'a comma in quotes',
      'first,last,address\nJohn,Doe,"120 any st., 5A"\n',
      [{ first: 'John', last: 'Doe', address: '120 any st., 5A' }],
    ],
    [
      'empty cells',
      'a,b,c\n1,"",""\n2,3,4\n',
      [
        { a: '1', b: '', c: '' },
        { a: '2', b: '3', c: '4' },
      ],
    ],
    [
      'empty cells and Windows line ends',
      'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
      [
        { a: '1', b: '', c: '' },
        { a: '2', b: '3', c: '4' },
      ],
    ],
    [
      'quotes in quotes',
      'a,b\n1,"ha ""ha"" ha"\n3,4\n',
      [
        { a: '1', b: 'ha "ha" ha' },
        { a: '3', b: '4' },
      ],
    ],
    [
      'JSON in a cell',
      'key,val\n1,"{""type"": ""Point"", ""at"": [102.0, 0.5]}"\n',
      [{ key: '1', val: '{"type": "Point", "at": [102.0, 0.5]}' }],
    ],
    [
      'line ends in quotes',
      'a,b,c\n1,2,3\n"Once upon \na time",5,6\n',
      [
        { a: '1', b: '2', c: '3' },
        { a: 'Once upon \na time', b: '5', c: '6' },
      ],
    ],
    ['Windows line ends in quotes', 'a,b\r\n1,"x\r\ny"\r\n', [{ a: '1', b: 'x\r\ny' }]],
    [
      'quotes and line ends in quotes',
      'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
      [
        { a: '1', b: 'ha \n"ha" \nha' },
        { a: '3', b: '4' },
      ],
    ],
    [
      'letters of all languages',
      'a,b\n1,ʤ\n2,😀\n',
      [
        { a: '1', b: 'ʤ' },
        { a: '2', b: '😀' },
      ],
    ],
    [
      'old Mac line ends',
      'a,b\r"1\r2",3\r4,5\r',
      [
        { a: '1\r2', b: '3' },
        { a: '4', b: '5' },
      ],
    ],
    [
      'line ends of all kinds',
      'a,b\r\n1,2\n3,4\r5,6',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
        { a: '5', b: '6' },
      ],
    ],
    ['line ends that were written twice', 'a,b\r\r\n1,2\r\r\n', [{ a: '1', b: '2' }]],
    ['only line ends', '\n\r\n\n', []],
    ['only a mark', '\uFEFF', []],
    ['a mark before a quote', '\uFEFF"a",b\n1,2\n', [{ a: '1', b: '2' }]],
    ['a mark before sep=', '\uFEFFsep=;\r\na;b\r\n1;2\r\n', [{ a: '1', b: '2' }]],
    ['only quotes', 'a,b\n"",""\n', [{ a: '', b: '' }]],
    ['four quotes', 'a,b\n"""",""""""\n', [{ a: '"', b: '""' }]],
    ['quotes at the end of the file', 'a,b\n1,"x"', [{ a: '1', b: 'x' }]],
    ['an inch mark', 'item,size\nscreen,24" wide\n', [{ item: 'screen', size: '24" wide' }]],
    [
      'inch marks and semicolons',
      'item;size\nscreen;24" wide\ntable;30"\n',
      [
        { item: 'screen', size: '24" wide' },
        { item: 'table', size: '30"' },
      ],
    ],
    ['quotes in the middle', 'a,b\n1,x"y"z\n', [{ a: '1', b: 'x"y"z' }]],
    ['spaces at the ends', 'a , b\n 1 , 2 \n', [{ 'a ': ' 1 ', ' b': ' 2 ' }]],
    ['numbers and words of programs', 'a,b,c,d\n007,1e5,NULL,TRUE\n', [{ a: '007', b: '1e5', c: 'NULL', d: 'TRUE' }]],
    ['a zero byte', 'a,b\n1,x\0y\n', [{ a: '1', b: 'x\0y' }]],
    ['signs that are not line ends', 'a,b\n1,x\u0085y\u2028z\u000Bw\n', [{ a: '1', b: 'x\u0085y\u2028z\u000Bw' }]],
    ['names in two cases', 'A,a,a \n1,2,3\n', [{ A: '1', a: '2', 'a ': '3' }]],
    ['names of objects', 'constructor,toString\n1,2\n', [{ constructor: '1', toString: '2' }]],
    [
      'a name below which numbers have commas',
      'name,amount\nx,"1,234"\ny,"2,345"\n',
      [
        { name: 'x', amount: '1,234' },
        { name: 'y', amount: '2,345' },
      ],
    ],
    [
      'semicolons in quotes in every row',
      'id,list\n1,"a;b;c"\n2,"d;e"\n',
      [
        { id: '1', list: 'a;b;c' },
        { id: '2', list: 'd;e' },
      ],
    ],
    ['clocks', 'time;v\n10:30;1\n', [{ time: '10:30', v: '1' }]],
  ])('when it has %s, then its rows are these', async (_what, text, rows) => {
    expect(await value(text)).toEqual(rows);
  });

  test('when it is UTF-16 of other letters without a mark, then it is read', async () => {
    for (const swap of [false, true]) {
      const bytes = Buffer.from('имя,b\nж,1\n', 'utf16le');
      expect(await value(swap ? bytes.swap16() : bytes)).toEqual([{ имя: 'ж', b: '1' }]);
    }
  });

  test('when a row has very many cells, then all are read', async () => {
    const names = Array.from({ length: 16_384 }, (_, index) => `c${index}`);
    const rows = await value(`${names.join()}\n${names.map(() => 'x').join()}\n`);
    expect(rows).toEqual([Object.fromEntries(names.map((name) => [name, 'x']))]);
  });

  test.each<[string, RegExp]>([
    ['a,b\n1,"x\n2,y\n', /a cell begins with a quote on line 2, and no quote closes it\. Add one/],
    ['a,b\r1,"x\r2,y\r', /a cell begins with a quote on line 2/],
    ['a,b\n"x" ,y\n', /the quotes of a cell close before " " on line 2\. Write each quote inside it twice\.$/],
    ['a,b\n1,2\n"x\\"y",z\n', /the quotes of a cell close before "y" on line 3/],
    ['a,b\n1,"2\n3"4\n', /close before "4" on line 3/],
    ['a,b\n1, "x,y"\n', /line 2 has 3 cells/],
    ['# made today\na,b\n1,2\n', /line 2 has 2 cells, but the first row names 1 column/],
    ['a,b\n1,2,\n', /line 2 has 3 cells/],
    ['a,b\r1,2,3\r', /line 2 has 3 cells/],
    ['a\tb,c\n1\t2,3\n', /separated by "," or tab\. Say which: delimiter="," or delimiter=tab\.$/],
  ])('when %j can mean several things, then it is refused with its line or what to say', async (text, message) => {
    expect(await value(text)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });

  test('when it is UTF-32, then it is refused with the reason', async () => {
    const bytes = Buffer.from('fffe0000610000000a00000031000000', 'hex');
    expect(await value(bytes)).toMatchObject({ kind: 'failure', message: expect.stringMatching(/UTF-8/) });
  });
});
