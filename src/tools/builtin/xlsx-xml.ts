import { utf16Of } from '../../domain/values/decode-text.js';

/** An XML file of an Office file as the readers understand it: UTF-8, \n as line ends, no CDATA, no numbers of rare characters. */
export function plainXml(content: Buffer): Buffer {
  const order = utf16Of(content);
  if (order !== undefined) {
    const text = new TextDecoder(order).decode(content).replace(/^<\?xml[^>]*\?>/, '');
    return plainXml(Buffer.from(text));
  }
  if (!['<![CDATA[', '&#', '\r'].some((rare) => content.includes(rare))) return content;
  const bytes = content
    .toString('latin1')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, text: string) => escaped(text))
    .replaceAll(/&#(?:x([\da-f]+)|(\d+));/gi, (written, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0xffff && code <= 0x10ffff ? utf8Of(code) : written;
    });
  return Buffer.from(bytes, 'latin1');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A character for each byte. */
function utf8Of(code: number): string {
  return Buffer.from(String.fromCodePoint(code)).toString('latin1');
}

/** A row or a cell; the place is captured where it is given. */
const ROW_OR_CELL = /<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*?)(\/?)>/g;
const PLACE = /\sr=["']([A-Z]*)(\d*)["']/;
const WITHOUT_PLACE = /<(?:\w+:)?(?:row|c)(?=[\s/>])(?![^<>]*\sr=)/;

/** A sheet with the places of rows and cells that it leaves out: each is then behind the one before it. */
export function withPlaces(xml: string): string {
  if (!WITHOUT_PLACE.test(xml)) return xml;
  let row = 0;
  let column = 0;
  return xml.replaceAll(ROW_OR_CELL, (tag: string, name: string, attributes: string) => {
    const [, letters = '', digits = ''] = PLACE.exec(attributes) ?? [];
    if (name === 'row') {
      row = digits === '' ? row + 1 : Number(digits);
      column = 0;
      return digits === '' ? placed(tag, String(row)) : tag;
    }
    column = letters === '' ? column + 1 : columnNumber(letters);
    return letters === '' ? placed(tag, `${columnLetters(column)}${row}`) : tag;
  });
}

function placed(tag: string, place: string): string {
  return tag.replace(/^<[\w:]+/, (name) => `${name} r="${place}"`);
}

/** 1 for A, 27 for AA. */
export function columnNumber(letters: string): number {
  return Array.from(letters).reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
}

function columnLetters(number: number): string {
  let letters = '';
  for (let left = number; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return letters;
}
