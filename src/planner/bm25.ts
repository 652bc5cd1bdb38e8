/** How near a text is to what is looked for. */
export interface Match {
  /** From 0 upwards. */
  score: number;
  /** The terms that both have, those first that count most. */
  shared: string[];
}

/** How soon more of the same term stops to count, and how much the length of a text counts: the usual values. */
const K1 = 1.2;
const B = 0.75;

/** Each text, a list of its terms, compared with the terms that are looked for, by Okapi BM25. */
export function bm25(wanted: ReadonlySet<string>, texts: readonly (readonly string[])[]): Match[] {
  const meanLength = sum(texts.map(({ length }) => length)) / texts.length;
  const rarity = new Map([...wanted].map((term) => [term, rarityOf(term, texts)]));
  return texts.map((text) => {
    const long = 1 - B + (B * text.length) / meanLength;
    const scored = [...rarity].flatMap(([term, rare]) => {
      const times = text.filter((one) => one === term).length;
      return times === 0 ? [] : [{ term, score: (rare * times * (K1 + 1)) / (times + K1 * long) }];
    });
    const sorted = scored.toSorted((one, other) => other.score - one.score);
    return { score: sum(sorted.map(({ score }) => score)), shared: sorted.map(({ term }) => term) };
  });
}

/** More than 0 also for a term that every text has. */
function rarityOf(term: string, texts: readonly (readonly string[])[]): number {
  const having = texts.filter((text) => text.includes(term)).length;
  return Math.log(1 + (texts.length - having + 0.5) / (having + 0.5));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
