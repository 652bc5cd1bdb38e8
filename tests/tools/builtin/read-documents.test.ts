import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { pdfReaderTool } from '../../../src/tools/builtin/pdf-reader.js';
import { toolContext, withoutReads } from '../tool-context.js';
import { makePdf } from './make-pdf.js';
import { zip } from './make-xlsx.js';
import { readHere } from './read-here.js';

const LOCKED =
  '/ID[<0123456789abcdef0123456789abcdef><0123456789abcdef0123456789abcdef>]/Encrypt<</Filter/Standard/V 1/R 2/P -4' +
  `/O<${'11'.repeat(32)}>/U<${'22'.repeat(32)}>>>`;

describe('a PDF file', () => {
  test('when it has pages of text, then their lines are given, with an empty line between the pages', async () => {
    expect(await readHere('a.pdf', makePdf([['Invoice 7', 'Total: 12 EUR'], ['Thanks']]))).toEqual({
      kind: 'output',
      value: 'Invoice 7\nTotal: 12 EUR\n\nThanks',
      summary: '2 pages',
    });
  });

  test('when a page has no text, then the rest is given with a warning', async () => {
    expect(await readHere('a.pdf', makePdf([['one'], []]))).toEqual({
      kind: 'output',
      value: 'one',
      summary: '2 pages',
      warnings: ['a.pdf has no text on page 2: perhaps pictures. To read them: ocrmypdf OLD.pdf NEW.pdf.'],
    });
  });

  test.each<[string, Buffer | string, string]>([
    ['only pictures', makePdf([[], []]), 'has no text: perhaps its pages are pictures'],
    ['a password', makePdf([['secret']], LOCKED), 'qpdf --decrypt'],
    ['another content', 'not a PDF at all', 'not a readable PDF file'],
    ['nothing', '', 'not a readable PDF file'],
    ['half of it', makePdf([['a']]).subarray(0, 60), 'not a readable PDF file'],
  ])('when it has %s, then it is refused with the reason', async (_what, content, words) => {
    expect(await readHere('a.pdf', content)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(words),
      notDone: true,
    });
  });

  test('when the tool for PDF files reads, then it gives the same text, and asks which file is meant', async () => {
    const projectRoot = await realpath(await mkdtemp(path.join(tmpdir(), 'portia-pdf-')));
    onTestFinished(() => rm(projectRoot, { recursive: true, force: true }));
    await mkdir(path.join(projectRoot, 'bills'));
    await writeFile(path.join(projectRoot, 'bills/a.pdf'), makePdf([['Invoice 7']]));
    const read = (file_path: string) => withoutReads(pdfReaderTool.run(toolContext({ projectRoot }), { file_path }));
    expect(await read('bills/a.pdf')).toEqual({ kind: 'output', value: 'Invoice 7', summary: '1 page' });
    expect(await read('a.pdf')).toMatchObject({
      kind: 'clarifications',
      clarifications: [
        { category: 'User Verification', args: { file_path: 'bills/a.pdf' }, source: 'PDF Reader Tool' },
      ],
    });
    expect(await read('a.txt')).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('file_reader_tool'),
    });
    expect(await read('../a.pdf')).toMatchObject({ kind: 'failure', message: expect.stringContaining('outside') });
  });
});

const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

const relations = (...targets: [type: string, target: string][]) =>
  `<Relationships xmlns="${PACKAGE}/relationships">${targets
    .map(([type, target], index) => `<Relationship Id="r${index}" Type="${OFFICE}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`;

function makeDocx(body: string, deflate = false): Buffer {
  const main = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
  return zip(
    {
      '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`,
      '_rels/.rels': relations(['officeDocument', 'word/document.xml']),
      'word/document.xml': `<?xml version="1.0"?><w:document ${WORD}><w:body>${body}</w:body></w:document>`,
    },
    { deflate },
  );
}

const paragraph = (text: string, style = '') => `<w:p>${style}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;

function makePptx(slides: string[], order: number[]): Buffer {
  const drawing = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"';
  const presentation = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="${OFFICE}"`;
  return zip({
    'ppt/presentation.xml': `<p:presentation ${presentation}><p:sldIdLst>${order
      .map((index) => `<p:sldId id="${256 + index}" r:id="r${index}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      ...slides.map((_slide, index): [string, string] => ['slide', `slides/slide${index + 1}.xml`]),
    ),
    ...Object.fromEntries(
      slides.map((slide, index) => [
        `ppt/slides/slide${index + 1}.xml`,
        `<p:sld ${presentation} ${drawing}>${slide}</p:sld>`,
      ]),
    ),
  });
}

const run = (text: string) => `<a:r><a:t>${text}</a:t></a:r>`;

describe('a document of Office', () => {
  test.each([false, true])('when it is a .docx file (packed: %s), then it is Markdown', async (deflate) => {
    const heading = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>';
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`;
    const table = `<w:tbl><w:tr>${cell('item')}${cell('count')}</w:tr><w:tr>${cell('pen')}${cell('2')}</w:tr></w:tbl>`;
    const content = makeDocx(`${paragraph('Report', heading)}${paragraph('Grüße &amp; more')}${table}`, deflate);
    const result = await readHere('a.docx', content);
    expect(result).toMatchObject({ kind: 'output', value: expect.stringMatching(/Report\n\nGrüße & more\n\n/) });
    for (const words of ['item', 'count', 'pen']) expect(JSON.stringify(result)).toContain(words);
  });

  test('when it is a .pptx file, then each slide in its order has a heading and its lines', async () => {
    const slides = [
      `<a:p>${run('Second')}</a:p>`,
      `<a:p>${run('Fir')}${run('st &lt;1&gt;')}</a:p><a:p/><a:p>${run('two')}</a:p>`,
    ];
    expect(await readHere('a.pptx', makePptx(slides, [1, 0]))).toEqual({
      kind: 'output',
      value: '## Slide 1\n\nFirst <1>\ntwo\n\n## Slide 2\n\nSecond',
    });
  });

  test('when it is an .html file, then all its text is Markdown, in the encoding that is said', async () => {
    const html = Buffer.from('<nav>Menu</nav><h1>T\xfcr</h1><script>x()</script>', 'latin1');
    expect(await readHere('a.html', html, { encoding: 'iso-8859-1' })).toEqual({
      kind: 'output',
      value: 'Menu\n\n# Tür',
    });
  });

  test.each<[string, Buffer | string]>([
    ['a.docx', 'no zip'],
    ['a.docx', zip({ 'a.xml': '<a/>' })],
    ['a.docx', zip({ '[Content_Types].xml': '<a' })],
    ['a.docx', makeDocx('<w:p>'.repeat(20_000))],
    ['a.docx', makeDocx(paragraph('x')).subarray(0, 400)],
    ['a.docx', zip({ 'a.xml': 'x' }, { deflate: true, announced: 300_000_000 })],
    ['a.pptx', 'no zip'],
    ['a.pptx', zip({ 'ppt/x.xml': '<a/>' })],
    ['a.pptx', makePptx([], [0])],
    ['a.pptx', makePptx(['<a:p>'.repeat(200_000)], [0])],
    ['a.html', '<b>'.repeat(100_000)],
    ['a.html', Buffer.from([0, 1, 2, 255])],
  ])('when %s is something else, then it is refused with the reason', async (name, content) => {
    expect(await readHere(name, content)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(`Cannot read "${name}": `),
      notDone: true,
    });
  });
});
