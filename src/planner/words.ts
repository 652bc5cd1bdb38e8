/** Keys, encoded files and the like: no words. */
export const LONG_WORD = /[!-~]{200,}/g;

/** In so many tools and requests that they say nothing. */
const EMPTY_WORDS = new Set(
  (
    'a all an and are as at be by can do each every for from get give has have how if in into is it its make me my new not of ' +
    'on one or out some that the them then there these this to tool use was what when where which who will with you your'
  ).split(' '),
);

/** A word of a text, and what the forms of it mostly have in common. */
interface Word {
  word: string;
  stem: string;
}

/** The words of a text that say something, in order. */
export function wordsIn(text: string): Word[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !EMPTY_WORDS.has(word)).map((word) => ({ word, stem: stemOf(word) }));
}

/** Their stems, each once. */
export function stemsIn(text: string): Set<string> {
  return new Set(wordsIn(text).map(({ stem }) => stem));
}

function stemOf(word: string): string {
  const stem = word.replace(/(?:ings?|ers?|ed|es|s|e)$/, '');
  return stem.length < 3 ? word : stem;
}
