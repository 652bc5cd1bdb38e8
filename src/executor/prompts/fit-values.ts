import { imagesIn, TOKENS_PER_IMAGE } from '../../domain/values/images.js';
import { asText } from '../../domain/values/json.js';
import { describeValue } from '../../domain/values/value-parts.js';
import { MAX_PASTED, type StepInput } from './value-block.js';

/** Characters that count as a token where a request is held against the window of its model. */
export const CHARACTERS_PER_TOKEN = 4;

/** How much of values one request shows, in characters. */
export interface Room {
  /** Of each value. */
  longest: number;
  /** Of all together. */
  all: number;
}

/** What is left of the tokens of a request beside this part of it; undefined when they are not known. */
export function tokensBeside(tokens: number | undefined, part: unknown): number | undefined {
  if (tokens === undefined) return undefined;
  return Math.max(0, tokens - Math.ceil(JSON.stringify(part).length / CHARACTERS_PER_TOKEN));
}

/** For an agent: the rest is for its turns and its reply. `tokens`: of a request; undefined when not known. */
export function roomOfAgent(tokens = Infinity): Room {
  return { longest: MAX_PASTED, all: (tokens * CHARACTERS_PER_TOKEN * 3) / 8 };
}

/** The same for one answer. With parts that were read beside them, the values take half of it. */
export function roomOfAnswer(tokens = Infinity, hasParts = false): Room {
  return { longest: Infinity, all: (tokens * CHARACTERS_PER_TOKEN * 3) / (hasParts ? 8 : 4) };
}

/** Characters of one part that is read. */
export function roomOfPart({ all }: Room): number {
  return Math.min(MAX_PASTED, Math.floor(all / 3));
}

/** Where there is no room for all values, the largest are described, one after the other, until the others have room. */
export function fitValues(values: readonly StepInput[], { longest, all }: Room): StepInput[] {
  if (all === Infinity) return [...values];
  const sizes = values.map((value) => sizeOf(value, longest));
  let total = sizes.reduce((sum, size) => sum + size, 0);
  const described = new Set<StepInput>();
  const largestFirst = values
    .map((value, index) => ({ value, size: sizes[index] ?? 0 }))
    .sort((a, b) => b.size - a.size);
  for (const { value, size } of largestFirst) {
    if (total <= all) break;
    const less = size - describeValue(imagesIn(value.value).shown).length;
    if (less <= 0) continue;
    total -= less;
    described.add(value);
  }
  return values.map((value) => (described.has(value) ? { ...value, isDescribed: true, images: [] } : value));
}

/** Whether something of one of the values is not shown. */
export function areCut(values: readonly StepInput[], { longest }: Room): boolean {
  return values.some(
    ({ value, isDescribed }) => isDescribed === true || asText(imagesIn(value).shown).length > longest,
  );
}

/** As the JSON text in which it is sent. */
function sizeOf({ value, images = [] }: StepInput, longest: number): number {
  const text = asText(imagesIn(value).shown).slice(0, longest);
  return JSON.stringify(text).length + images.length * TOKENS_PER_IMAGE * CHARACTERS_PER_TOKEN;
}
