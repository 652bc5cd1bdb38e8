import { describe, expect, test } from 'vitest';

import { readInputs, type InputSources } from '../../../src/app/inputs/inputs.js';
import { GIF, JPEG, PNG } from '../../support/images.js';

const FILES: Record<string, string> = {
  'letter.txt': 'Dear "Ann"\n',
  'data.json': '\uFEFF{"a": [1, true, null]}',
  'inputs.json': '{"city": "London", "$count": 3}',
  'list.json': '[{"name": "$city", "value": "London"}, {"name": "count", "value": null}]',
  'inputs.yaml': '# of today\ncity: London\n$count: 3\nwhen: 2024-01-31\nok: no\n',
  'list.yml': '- {name: city, value: London}\n- {name: count, value: null}\n',
  'flow.yaml': '{"city": "London"}',
  'wrong.yaml': 'city: London\ncity: Paris\n',
  'big.yaml': 'id: 1234567890123456789\n',
  'zip.yaml': 'zip: 01234\n',
  'empty.yaml': '# nothing\n',
  'twice.json': '{"city": 1, "city": 2}',
  'signs.json': '{"city": 1, "$city": 2}',
  'evil.json': '{"__proto__": {"isAdmin": true}}',
  'number.json': '5',
  'broken.json': '{"city": }',
  'nameless.json': '[{"value": 1}]',
  '-': 'from stdin',
};

const IMAGES: Record<string, Buffer> = {
  'dot.png': PNG,
  'lies.txt': JPEG,
  'cut.png': PNG.subarray(0, -8),
  // 18 MB of zeros are 20 kB of it.
  'bomb.png': ofSize(PNG, 60_000, 60_000),
  'huge.gif': Buffer.concat([GIF.subarray(0, -1), Buffer.alloc(10_000_000, 1), GIF.subarray(-1)]),
  'drawing.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
  'paper.pdf': Buffer.from('%PDF-1.7 all of it is ASCII'),
};

function ofSize(png: Buffer, width: number, height: number): Buffer {
  const other = Buffer.from(png);
  other.writeUInt32BE(width, 16);
  other.writeUInt32BE(height, 20);
  return other;
}

const sources: InputSources = {
  async readText(name) {
    const text = FILES[name] ?? IMAGES[name]?.toString();
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${name}'`);
    return text;
  },
  async readTextUnless(name, read) {
    const content = IMAGES[name];
    return (content && read(content)) ?? sources.readText(name);
  },
};

const inputsOf = (inputs: string[], inputsFile?: string) => readInputs({ inputs, inputsFile }, sources);

describe('readInputs', () => {
  test.each<[string[], unknown]>([
    [[], {}],
    [['city=London'], { city: 'London' }],
    [['$city=London'], { city: 'London' }],
    [['query=a=b:=c'], { query: 'a=b:=c' }],
    [['empty='], { empty: '' }],
    [['n=3'], { n: '3' }],
    [['n:=3', 'o:={"a":[1]}', 't:="@x"', 'z:=null'], { n: 3, o: { a: [1] }, t: '@x', z: null }],
    [['text=@letter.txt'], { text: 'Dear "Ann"\n' }],
    [['data:=@data.json'], { data: { a: [1, true, null] } }],
    [['text=@-'], { text: 'from stdin' }],
    [['two words=x'], { 'two words': 'x' }],
    [['constructor=x', 'toString:=1'], { constructor: 'x', toString: 1 }],
  ])('when the flags are %j then the inputs are %j', async (flags, expected) => {
    expect(JSON.stringify(await inputsOf(flags))).toBe(JSON.stringify(expected));
  });

  test.each([
    ['dot.png', 'image/png', PNG],
    ['lies.txt', 'image/jpeg', JPEG],
  ])('when the file %s is an image then the input is one, by its content', async (file, mime_type, bytes) => {
    const data = bytes.toString('base64');
    expect(await inputsOf([`photo=@${file}`])).toEqual({ photo: { type: 'image', mime_type, data, name: file } });
  });

  test('when the file is an SVG drawing then the input is its text', async () => {
    expect(await inputsOf(['drawing=@drawing.svg'])).toEqual({ drawing: expect.stringMatching(/^<svg/) });
  });

  test.each([
    ['cut.png', 'It is cut off: its end is missing.', 'Copy or download it again.'],
    ['bomb.png', 'It is an image of 60000 × 60000 pixels, and models see up to 100 million.', 'Make it smaller'],
    ['huge.gif', 'It has 10.0 MB, and an image may have 10 MB.', 'convert huge.gif -resize'],
    ['paper.pdf', 'It is a PDF file.', 'pdf_reader_tool reads its text'],
  ])('when the file is %s then it is refused: %s', async (file, why, fix) => {
    await expect(inputsOf([`photo=@${file}`])).rejects.toMatchObject({
      code: 'invalid-input',
      message: `${file} cannot be an input.`,
      details: { why, fix: expect.stringContaining(fix) },
    });
  });

  test.each([
    ['inputs.json', { city: 'London', count: 3 }],
    ['list.json', { city: 'London', count: null }],
    ['inputs.yaml', { city: 'London', count: 3, when: '2024-01-31', ok: 'no' }],
    ['list.yml', { city: 'London', count: null }],
    ['flow.yaml', { city: 'London' }],
  ])('when they are in %s then they are read by name', async (file, expected) => {
    expect(await inputsOf([], file)).toEqual(expected);
  });

  test('when some are in a file and some are flags then all count', async () => {
    expect(await inputsOf(['unit=C'], 'inputs.json')).toEqual({ city: 'London', count: 3, unit: 'C' });
  });

  test.each<[string[], string | undefined, string, RegExp]>([
    [['city'], undefined, 'usage', /not name=value/],
    [['=x'], undefined, 'usage', /not name=value/],
    [[':=1'], undefined, 'usage', /not name=value/],
    [[''], undefined, 'usage', /not name=value/],
    [['$=x'], undefined, 'usage', /not name=value/],
    [['a=@'], undefined, 'usage', /names no file/],
    [['a=@-', 'b=@-'], undefined, 'usage', /stdin/],
    [['a=@-'], '-', 'usage', /stdin/],
    [['n:=three'], undefined, 'invalid-input', /input n is not JSON/],
    [['n:='], undefined, 'invalid-input', /input n is not JSON/],
    [['n:={"__proto__":{}}'], undefined, 'invalid-input', /not JSON/],
    [['n:=@letter.txt'], undefined, 'invalid-input', /not JSON/],
    [['a=@gone.txt'], undefined, 'invalid-input', /gone.txt with the input a cannot be read/],
    [['a=1', 'a=2'], undefined, 'invalid-input', /a is given twice/],
    [['a=1', '$a:=2'], undefined, 'invalid-input', /a is given twice/],
    [['city=Paris'], 'inputs.json', 'invalid-input', /city is given twice/],
    [['__proto__=x'], undefined, 'invalid-input', /cannot be the name/],
    [['$__proto__:={"isAdmin":true}'], undefined, 'invalid-input', /cannot be the name/],
    [[], 'evil.json', 'invalid-input', /inputs in evil.json/],
    [[], 'signs.json', 'invalid-input', /city is given twice/],
    [[], 'twice.json', 'invalid-input', /inputs in twice.json/],
    [[], 'number.json', 'invalid-input', /inputs in number.json/],
    [[], 'broken.json', 'invalid-input', /inputs in broken.json/],
    [[], 'wrong.yaml', 'invalid-input', /inputs in wrong.yaml/],
    [[], 'big.yaml', 'invalid-input', /inputs in big.yaml/],
    [[], 'zip.yaml', 'invalid-input', /inputs in zip.yaml/],
    [[], 'empty.yaml', 'invalid-input', /inputs in empty.yaml/],
    [[], 'nameless.json', 'invalid-input', /inputs in nameless.json/],
    [[], 'gone.json', 'invalid-input', /gone.json with the inputs cannot be read/],
    [[], '-', 'invalid-input', /inputs in stdin/],
  ])('when the flags are %j and the file is %s then it is refused: %s', async (flags, file, code, message) => {
    await expect(inputsOf(flags, file)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      details: { fix: expect.stringMatching(/./) },
    });
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });

  test('when a number has too many digits then the fix names what is possible, and does not only say quotes', async () => {
    await expect(inputsOf(['n:=9007199254740993'])).rejects.toMatchObject({
      details: { fix: expect.stringMatching(/^Give a smaller number, .*\n-i n=9007199254740993 {3}gives it as text$/) },
    });
  });
});
