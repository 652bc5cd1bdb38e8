/** A value for each of many step paths: of a long loop it takes a tenth of the memory that a map of whole paths would. */
export class PathMap<Value> {
  readonly #outside = new Map<string, Value>();
  /** By the path of the loop, with the rounds of the loops around it. */
  readonly #loops = new Map<string, Loop<Value>>();

  get(path: string): Value | undefined {
    const place = placeIn(path);
    if (place === undefined) return this.#outside.get(path);
    return this.#loops.get(place.loop)?.rounds.get(place.rest)?.[place.round];
  }

  set(path: string, value: Value): void {
    const place = placeIn(path);
    if (place === undefined) {
      this.#outside.set(path, value);
      return;
    }
    const { rounds } = this.#loopAt(place.loop);
    const known = rounds.get(place.rest);
    if (known === undefined) rounds.set(place.rest, listWith(place.round, value));
    else known[place.round] = value;
  }

  /** Forgets all that is inside a loop. */
  forgetInside(path: string): void {
    for (const inner of this.#loops.get(path)?.inner ?? []) this.forgetInside(inner);
    this.#loops.delete(path);
  }

  #loopAt(path: string): Loop<Value> {
    const known = this.#loops.get(path);
    if (known !== undefined) return known;
    const loop = { rounds: new Map<string, Value[]>(), inner: new Set<string>() };
    this.#loops.set(path, loop);
    const around = placeIn(path);
    if (around !== undefined) this.#loopAt(around.loop).inner.add(path);
    return loop;
  }
}

interface Loop<Value> {
  /** By what follows the number of the round: `.steps.0`. Lists by that number. */
  rounds: Map<string, Value[]>;
  /** The loops inside it. */
  inner: Set<string>;
}

/** The innermost loop around a step, and where in it that is; undefined outside of loops. */
function placeIn(path: string): { loop: string; round: number; rest: string } | undefined {
  const start = path.lastIndexOf('[');
  if (start === -1) return undefined;
  const end = path.indexOf(']', start);
  return { loop: path.slice(0, start), round: Number(path.slice(start + 1, end)), rest: path.slice(end + 1) };
}

function listWith<Value>(index: number, value: Value): Value[] {
  const list: Value[] = [];
  list[index] = value;
  return list;
}
