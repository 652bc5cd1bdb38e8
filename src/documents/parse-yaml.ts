import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Alias,
  type CST,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

import type { Json, JsonObject } from '../domain/values/json.js';
import { isUnsafeWholeNumber, WRITE_IN_QUOTES } from '../domain/values/whole-numbers.js';
import { adviceFor, isCutByComment, meaningOf } from './yaml-advice.js';
import { LineIndex, SoughtPlaces, type Place, type Position } from './positions.js';

export type ParsedYaml =
  | { ok: true; value: Json; locate(pointers: Iterable<string>): Map<string, Position> }
  | ({ ok: false; problem: string; fix: string | undefined } & Position);

interface Limits {
  maxDepth: number;
  /** Tokens in one text: what they are made into needs 200 bytes each. */
  maxTokens?: number | undefined;
  /** In data from elsewhere, whole numbers that a number cannot keep become texts, and this is told; else they are refused. */
  keptDigits?: ((written: string) => void) | undefined;
  /** In data from elsewhere, a number that begins with 0 is read without it, and this is told; else it is refused. */
  onLostZero?: ((written: string) => void) | undefined;
  /** In data from elsewhere, a name that is a number or a word of YAML is a text, as it is written; else it is refused. */
  plainNames?: boolean | undefined;
  /** Gets the names of each object in their order. */
  onNames?: ((names: string[]) => void) | undefined;
}

const MAX_TOKENS = 3_000_000;

/** What aliases may repeat, in characters, so that a few lines cannot stand for billions of values. */
const MAX_REPEATED = 2_000_000;

/**
 * YAML 1.2, as far as it says the same as JSON: core schema, one document, names that are texts, each once; aliases
 * are copies. Merge keys, tags beyond the core schema, `__proto__`, NaN and infinities are refused.
 */
export function parseYaml(text: string, limits: Limits): ParsedYaml {
  const lines = new LineIndex(text);
  try {
    refuseControls(text);
    const document = composeOne(text, limits);
    const conversion = new Conversion(limits);
    const value = conversion.convert(document.contents, 0);
    return { ok: true, value, locate: (pointers) => locateNodes(document.contents, pointers, { conversion, lines }) };
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const place = lines.at(shownOffset(text, error.offset));
    const line = text.split('\n', place.line)[place.line - 1] ?? '';
    const fix = adviceFor(line, error.message) ?? error.fix;
    return { ok: false, problem: meaningOf(line, error.message), fix, ...place };
  }
}

class YamlFault extends Error {
  override readonly name = 'YamlFault';
  readonly offset: number;
  readonly fix: string | undefined;

  constructor(offset: number, problem: string, fix?: string) {
    super(problem);
    this.offset = offset;
    this.fix = fix;
  }
}

function refuseControls(text: string): void {
  // oxlint-disable-next-line no-control-regex
  const offset = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  if (offset === -1) return;
  const code = text.charCodeAt(offset).toString(16).padStart(4, '0').toUpperCase();
  throw new YamlFault(offset, `the character U+${code} is not text`, 'Remove it, or save the file as plain text.');
}

/** A fault at the beginning of a line is shown where its text begins; one at the end of the file, on the last line. */
function shownOffset(text: string, offset: number): number {
  const before = /\s*$/.exec(text)?.index ?? offset;
  if (offset > before) return before;
  const isAtStart = offset === 0 || text[offset - 1] === '\n';
  return isAtStart ? offset + (/^ */.exec(text.slice(offset, offset + 1000))?.[0].length ?? 0) : offset;
}

function composeOne(text: string, limits: Limits): Document.Parsed {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    // The check that the package has is quadratic.
    uniqueKeys: false,
    logLevel: 'silent',
  });
  // One mistake is reported, and making an error of each of a million takes a minute.
  Object.assign(composer, { onError: refuseFirst() });
  const documents = composer.compose(tokensOf(text, limits));
  const first = documents.next();
  if (first.done === true) throw new YamlFault(0, 'nothing but comments', 'Write names and values into it.');
  const document = first.value;
  refuseFaults(document);
  const second = documents.next();
  if (second.done !== true) {
    throw new YamlFault(
      second.value.range[0],
      'a second document begins',
      'Give one document: put the others into files of their own.',
    );
  }
  const [start] = document.contents?.range ?? [0];
  if (isScalar(document.contents) && document.contents.type === 'PLAIN' && typeof document.contents.value === 'string')
    throw new YamlFault(
      start,
      'there is only a text, without names and values',
      'Write names and values, for example: query: "add 1 + 2"',
    );
  return document;
}

/** The tokens one by one, with limits, because everything after them recurses and keeps all that it sees. */
function* tokensOf(text: string, { maxDepth, maxTokens = MAX_TOKENS }: Limits): Generator<CST.Token> {
  const parser = new Parser();
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > maxTokens) {
      const fix = 'Give it as JSON, which may be larger.';
      throw new YamlFault(parser.offset, `more than ${maxTokens.toLocaleString('en')} parts of YAML`, fix);
    }
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw syntaxFault(token.offset, token.message);
      yield token;
    }
    // One for the document, one for the scalar in the innermost place.
    if (parser.stack.length > maxDepth + 2) throw tooDeep(parser.offset, maxDepth);
  }
  yield* parser.end();
}

function tooDeep(offset: number, maxDepth: number): YamlFault {
  return new YamlFault(offset, `nested deeper than ${maxDepth} levels`);
}

/** What the package only warns about is a text that means something different from what it seems to mean. */
function refuseFaults({ errors, warnings, directives }: Document.Parsed): void {
  const [first] = [...errors, ...warnings];
  if (first !== undefined) throw syntaxFault(first.pos[0], first.message, first.code);
  if (directives.yaml.explicit && directives.yaml.version !== '1.2') {
    throw new YamlFault(0, `this is YAML ${directives.yaml.version}`, 'Leave the %YAML line out: YAML 1.2 is read.');
  }
}

type ErrorPlace = number | [number, number] | { offset: number };

/** The package catches what is thrown here and reports it again, with another place: the first one is kept. */
function refuseFirst(): (place: ErrorPlace, code: string, message: string) => never {
  let first: YamlFault | undefined;
  return (place, code, message) => {
    const offset = typeof place === 'number' ? place : Array.isArray(place) ? place[0] : place.offset;
    first ??= syntaxFault(offset, message, code);
    throw first;
  };
}

/** How many characters of a message of the package are kept: it may quote a whole line. */
const MAX_MESSAGE = 100;

function syntaxFault(offset: number, message: string, code = ''): YamlFault {
  const problem = message.charAt(0).toLowerCase() + message.slice(1, MAX_MESSAGE).replace(/\.$/, '');
  return new YamlFault(offset, problem, FIXES[code]);
}

const FIXES: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  TAG_RESOLVE_FAILED: 'Leave the tag out: only values that JSON has are read.',
  BAD_INDENT: 'Indent what belongs together by the same number of spaces.',
  MULTILINE_IMPLICIT_KEY: 'Put texts with ": " or line breaks in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put texts with ": " in quotes.',
};

/** A post code or an id rather than a number: 01234, 007, 08.30. */
const BEGINS_WITH_ZERO = /^-?0\d/;

/** A node with a name, and its characters once it has been read. */
interface Anchored {
  node: Node;
  size: number | undefined;
}

/** Makes JSON of nodes. Remembers what aliases stand for, so that places inside of them can be found. */
class Conversion {
  readonly targets = new Map<Alias, Anchored>();
  readonly #limits: Limits;
  /** By name, as they are known at the place that is read. */
  readonly #anchors = new Map<string, Anchored>();
  /** Aliases that are being repeated. Inside them, names of anchors mean what they meant at that place. */
  #repeating = 0;
  /** Characters so far, each value counted as some. */
  #size = 0;
  #repeated = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  convert(node: unknown, depth: number): Json {
    if (isAlias(node)) return this.#follow(node, depth);
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return null;
    const anchored: Anchored = { node, size: undefined };
    if (node.anchor !== undefined && this.#repeating === 0) this.#anchors.set(node.anchor, anchored);
    const before = this.#size;
    const value = this.#value(node, depth);
    anchored.size = this.#size - before;
    return value;
  }

  #value(node: Scalar | YAMLMap | YAMLSeq, depth: number): Json {
    this.#size += 8;
    if (isScalar(node)) return this.#scalar(node);
    const { maxDepth } = this.#limits;
    if (depth >= maxDepth) throw tooDeep(startOf(node), maxDepth);
    return isMap(node) ? this.#map(node, depth + 1) : node.items.map((item) => this.convert(item, depth + 1));
  }

  #follow(alias: Alias, depth: number): Json {
    const { source } = alias;
    const target = this.targets.get(alias) ?? this.#anchors.get(source);
    if (target === undefined) {
      throw new YamlFault(startOf(alias), `the alias *${source} has no anchor &${source} before it`);
    }
    if (target.size === undefined) throw new YamlFault(startOf(alias), `*${source} contains itself`);
    this.#repeated += target.size;
    if (this.#repeated > MAX_REPEATED) {
      const most = MAX_REPEATED.toLocaleString('en');
      throw new YamlFault(startOf(alias), `aliases repeat more than ${most} characters`, 'Write fewer aliases.');
    }
    this.targets.set(alias, target);
    this.#repeating += 1;
    const value = this.convert(target.node, depth);
    this.#repeating -= 1;
    return value;
  }

  #scalar(node: Scalar): Json {
    const { value } = node;
    if (typeof value === 'string') this.#size += value.length;
    if (node.type === 'PLAIN' && typeof node.comment === 'string' && isCutByComment(String(value))) {
      const problem = 'this text ends at #, which begins a comment';
      throw new YamlFault(startOf(node), problem, 'Put the whole text in quotes.');
    }
    const written = node.source?.replace(/^\+/, '') ?? '';
    if (typeof value === 'number' && isUnsafeWholeNumber(written)) {
      if (this.#limits.keptDigits !== undefined) {
        this.#limits.keptDigits(written);
        return written;
      }
      throw new YamlFault(startOf(node), WRITE_IN_QUOTES, 'Put it in quotes, as a text.');
    }
    if (typeof value === 'number' && node.type === 'PLAIN' && BEGINS_WITH_ZERO.test(written)) {
      this.#loseZero(written, startOf(node));
    }
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new YamlFault(startOf(node), 'this is not a number that JSON has', 'Put it in quotes if it is a text.');
  }

  #loseZero(written: string, offset: number): void {
    if (this.#limits.onLostZero !== undefined) return this.#limits.onLostZero(written);
    const fix = 'Put it in quotes if it is a text, else leave the 0 out.';
    throw new YamlFault(offset, 'this number begins with 0, which YAML drops', fix);
  }

  #map(node: YAMLMap, depth: number): JsonObject {
    const entries: JsonObject = {};
    for (const pair of node.items) {
      const name = this.#nameOf(pair);
      if (Object.hasOwn(entries, name)) {
        throw new YamlFault(
          startOf(pair.key),
          `the name ${JSON.stringify(name)} is given twice`,
          'Remove one of them.',
        );
      }
      this.#size += name.length;
      // A name may have an anchor, too.
      this.convert(pair.key, depth);
      entries[name] = this.convert(pair.value, depth);
    }
    this.#limits.onNames?.(node.items.map((pair) => this.#nameOf(pair)));
    return entries;
  }

  #nameOf(pair: Pair): string {
    const { key } = pair;
    const written = isScalar(key) && typeof key.value !== 'string' ? key.source : undefined;
    return this.#limits.plainNames === true && written ? written : nameOf(pair);
  }
}

function nameOf({ key }: Pair): string {
  if (!isScalar(key)) {
    throw new YamlFault(startOf(key), 'a name is a text, not a list, an object or an alias', 'Write the name out.');
  }
  const { value } = key;
  if (typeof value !== 'string') {
    const written = key.source === undefined || key.source === '' ? String(value) : key.source;
    const shown = value === null ? 'nothing' : `the ${typeof value} ${written}`;
    throw new YamlFault(startOf(key), `a name is a text, not ${shown}`, `Put it in quotes: "${written}".`);
  }
  if (value === '<<' && key.type === 'PLAIN') {
    throw new YamlFault(startOf(key), 'merge keys (<<) are not read', 'Write the names out, or use *alias as a value.');
  }
  if (value === '__proto__') throw new YamlFault(startOf(key), 'the name "__proto__" is not allowed');
  return value;
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** The place of a text or number is its own; that of an object or list is the place of its name. */
function locateNodes(
  contents: unknown,
  pointers: Iterable<string>,
  { conversion, lines }: { conversion: Conversion; lines: LineIndex },
): Map<string, Position> {
  const sought = new SoughtPlaces(pointers);
  const visit = (node: unknown, place: Place, name: unknown): void => {
    const isWritten = isScalar(node) && node.source !== '';
    place.offset = startOf(isWritten || isAlias(node) ? node : (name ?? node));
    const target = isAlias(node) ? conversion.targets.get(node)?.node : node;
    if (isMap(target)) {
      for (const pair of target.items) {
        const inner = isScalar(pair.key) ? place.inside.get(String(pair.key.value)) : undefined;
        if (inner !== undefined) visit(pair.value, inner, pair.key);
      }
    } else if (isSeq(target)) {
      for (const [token, inner] of place.inside) {
        const item: unknown = target.items[Number(token)];
        if (item !== undefined) visit(item, inner, undefined);
      }
    }
  };
  visit(contents, sought.root, undefined);
  return sought.positions(lines);
}
