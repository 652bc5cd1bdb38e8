/** A place in the picture where a value is made or taken. */
export interface Use {
  /** Without `$`. */
  name: string;
  kind: 'makes' | 'takes';
  x: number;
  y: number;
}

/** The way of one value: from where it is made to its last use. */
export interface Lane {
  name: string;
  x: number;
  from: { x: number; y: number }[];
  to: { x: number; y: number }[];
}

/** Pixels between two lanes where there is room. */
const BESIDE = 12;

/** One lane for each value that another step takes; lanes are used again below each other. */
export function lanesOf(uses: readonly Use[], { x, room }: { x: number; room: number }): Lane[] {
  const byName = new Map<string, Use[]>();
  for (const use of uses) byName.set(use.name, [...(byName.get(use.name) ?? []), use]);
  const ends: number[] = [];
  const placed = [...byName].flatMap(([name, own]) => {
    const from = own.filter(({ kind }) => kind === 'makes');
    const to = own.filter(({ kind, y }) => kind === 'takes' && from.some((made) => made.y < y));
    if (from.length === 0 || to.length === 0) return [];
    const all = [...from, ...to].map(({ y }) => y);
    const [top, bottom] = [Math.min(...all), Math.max(...all)];
    const free = ends.findIndex((end) => end < top);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = bottom;
    return [{ name, lane, from, to }];
  });
  const beside = Math.min(BESIDE, room / (ends.length + 1));
  return placed.map(({ name, lane, from, to }) => ({
    name,
    x: x + (lane + 1) * beside,
    from: from.map(pointOf),
    to: to.map(pointOf),
  }));
}

function pointOf({ x, y }: Use): { x: number; y: number } {
  return { x, y };
}
