/** Longer names are not typing mistakes, and comparing them would cost time. */
const MAX_LENGTH = 100;

/**
 * The known name that the word was probably meant to be: at most a third of its characters differ, or one of a short
 * name. Undefined when none is that close. Also when it is written with look-alike letters.
 */
export function nearestName(word: string, known: Iterable<string>): string | undefined {
  if (word === '' || word.length > MAX_LENGTH) return undefined;
  const wanted = plainSpelling(word);
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (name.length > MAX_LENGTH) continue;
    const candidate = plainSpelling(name);
    const limit = Math.max(1, Math.floor(Math.max(word.length, name.length) / 3));
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, candidate);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** The same for the id of a tool, of which a part is enough: `create_refund` of `mcp:stripe:create_refund`. */
export function nearestToolId(word: string, known: Iterable<string>): string | undefined {
  const ids = [...known];
  const part = plainSpelling(word);
  return nearestName(word, ids) ?? (part.length < 3 ? undefined : ids.find((id) => plainSpelling(id).includes(part)));
}

/** Full-width and accented letters as plain ones, invisible ones gone, and without the ending that most tools share. */
function plainSpelling(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll('-', '_');
  return plain.replace(/[_ ]tool$/, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      let cost = (last[column - 1] ?? 0) + (isSame ? 0 : 1);
      cost = Math.min(cost, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      if (isSwap) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
