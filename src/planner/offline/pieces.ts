import { OPERATOR_SIGNS } from '../../domain/values/arithmetic-words.js';
import { cutText } from '../../domain/values/cut-text.js';
import { OfflineRefusal, type Token } from './tokens.js';

/** A number, sign or lower-case word of a calculation; `start` is its offset in the query. */
export interface Piece {
  kind: 'number' | 'symbol' | 'word';
  text: string;
  start: number;
}

/** More digits than this are rounded by floating-point numbers. */
const MAX_DIGITS = 15;
const MAX_PIECES = 200;

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(OPERATOR_SIGNS).flatMap(([operator, signs]) =>
    Array.from(signs, (sign) => [sign, operator] as const),
  ),
  ...Array.from('()%,=', (symbol) => [symbol, symbol] as const),
]);

/** Cuts the tokens of a calculation into pieces. Throws an OfflineRefusal for what no calculation holds. */
export function cutPieces(tokens: Token[]): Piece[] {
  const pieces = tokens.flatMap((token): Piece[] => {
    if (token.kind === 'plain') return cutFormula(token);
    if (token.text === ',' && token.kind === 'mark') return [{ kind: 'symbol', text: ',', start: token.start }];
    throw new OfflineRefusal(`${quote(token.text)} has no meaning inside a calculation`, token.start);
  });
  const excess = pieces[MAX_PIECES];
  if (excess !== undefined)
    throw new OfflineRefusal(`the calculation has more than ${MAX_PIECES} pieces`, excess.start);
  return pieces;
}

/** `(3+4)*2` is seven pieces. */
function cutFormula(token: Token): Piece[] {
  const pieces: Piece[] = [];
  const scanner = /(\d+(?:\.\d+)?|\.\d+)|(\p{L}+)|(\*\*)|(.)/suy;
  for (let match = scanner.exec(token.text); match !== null; match = scanner.exec(token.text)) {
    const [written, number, word, power] = match;
    const start = token.start + match.index;
    const next = token.text.charAt(match.index + written.length);
    if (number !== undefined) {
      refuseGluedNumber(token, next);
      pieces.push({ kind: 'number', text: readNumber(number, start), start });
    } else if (word !== undefined) {
      if (/[\d.]/.test(next)) throw new OfflineRefusal(`${quote(token.text)} is not a word of a calculation`, start);
      pieces.push({ kind: 'word', text: word.toLowerCase(), start });
    } else {
      pieces.push({ kind: 'symbol', text: power === undefined ? readSymbol(written, start) : '^', start });
    }
  }
  return pieces;
}

/** `0x10`, `1e5`, `3x4`, `1.2.3` and `1,000` mean different things to different people. */
function refuseGluedNumber(token: Token, next: string): void {
  if (/[\p{L}\p{N}._']/u.test(next)) {
    throw new OfflineRefusal(`${quote(token.text)} is not a plain number; put spaces around words`, token.start);
  }
  if (next === ',') {
    throw new OfflineRefusal('a comma inside a number; leave it out, or put a space after it in a list', token.start);
  }
}

/** Without needless zeros in front, which some calculators take for octal numbers. */
function readNumber(written: string, start: number): string {
  const [whole = '', fraction] = written.split('.');
  if ((whole + (fraction ?? '')).replace(/^0+/, '').length > MAX_DIGITS) {
    throw new OfflineRefusal(`a number has more than ${MAX_DIGITS} digits and would be rounded`, start);
  }
  const digits = whole.replace(/^0+(?=\d)/, '');
  return `${digits === '' ? '0' : digits}${fraction === undefined ? '' : `.${fraction}`}`;
}

function readSymbol(written: string, start: number): string {
  const symbol = SYMBOLS.get(written);
  if (symbol === undefined) throw new OfflineRefusal(`${quote(written)} has no meaning in a calculation`, start);
  return symbol;
}

/** Text of the request inside a message, cut to a readable length. */
export function quote(text: string): string {
  return `"${cutText(text, 40)}"`;
}
