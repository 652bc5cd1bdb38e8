/** A place in a text; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/**
 * The places of the values of a document, by JSON pointer; a missing value has the place of the nearest one around it.
 */
export type LocatePointers = (pointers: Iterable<string>) => Promise<Map<string, Position>>;

/** Turns offsets into positions; looks through the text once. */
export class LineIndex {
  /** Offsets at which lines begin. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(index + end.length);
  }

  at(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

/** One value that is looked for, and those inside of it. */
export interface Place {
  /** Where it begins; undefined until it is found. */
  offset: number | undefined;
  readonly inside: Map<string, Place>;
}

/** The values that are looked for, as a tree, so that one walk through the document finds them all. */
export class SoughtPlaces {
  readonly root: Place = newPlace();
  readonly #pointers: Set<string>;

  constructor(pointers: Iterable<string>) {
    this.#pointers = new Set(pointers);
    for (const pointer of this.#pointers) {
      let place = this.root;
      for (const token of tokensOf(pointer)) {
        const inner = place.inside.get(token) ?? newPlace();
        place.inside.set(token, inner);
        place = inner;
      }
    }
  }

  /** Positions by pointer, once the walk has set the offsets. */
  positions(lines: LineIndex): Map<string, Position> {
    return new Map([...this.#pointers].map((pointer) => [pointer, lines.at(this.#offsetOf(pointer))]));
  }

  #offsetOf(pointer: string): number {
    let place: Place | undefined = this.root;
    let found = place.offset ?? 0;
    for (const token of tokensOf(pointer)) {
      place = place?.inside.get(token);
      if (place?.offset === undefined) break;
      found = place.offset;
    }
    return found;
  }
}

function newPlace(): Place {
  return { offset: undefined, inside: new Map() };
}

function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
