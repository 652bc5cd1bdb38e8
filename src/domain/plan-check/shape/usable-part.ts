import type { Problem } from '../../errors.js';
import { likelyValue, placeholderFor } from './placeholders.js';
import { isJsonObject, setOwn, type Json, type JsonObject } from '../../values/json.js';
import { nearestName } from '../../values/nearest-name.js';
import { STEP_KIND_NAMES } from '../key-rules.js';

/** A plan document with parts of the wrong shape, and what can still be checked of it. */
export interface UsablePart {
  /** With a placeholder in each smallest place that is wrong. */
  document: JsonObject;
  /** What is wrong with the shape, each place once. */
  shape: Problem[];
  /** Those problems of `document` that are also true of the original document. */
  hold(found: readonly Problem[]): Problem[];
}

/**
 * Repair rounds at most: each replaces a broken place, or the part around it when that did not help, and no place has this
 * many parts around it.
 */
const MAX_ROUNDS = 32;

/** What can be checked although the shape of a part is wrong; undefined when nothing can. */
export function usablePart(given: unknown, shapeOf: (document: unknown) => Problem[]): UsablePart | undefined {
  if (!isJsonObject(given)) return undefined;
  const repair = new Repair(given);
  const shape: Problem[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = shapeOf(repair.document);
    const errors = found.filter(({ severity }) => severity === 'error');
    // What the first repairs bring to light, such as the keys of a step whose kind was misspelt.
    shape.push(...(round === 0 ? found : errors.filter(({ pointer }) => !repair.isBroken(pointer))));
    if (errors.length === 0) {
      return { document: repair.document, shape, hold: (problems) => problems.filter((one) => repair.holds(one)) };
    }
    for (const { pointer } of errors) if (!repair.mend(pointer)) return undefined;
  }
  return undefined;
}

/** A copy of a document in which places of a wrong shape are replaced. */
class Repair {
  readonly document: JsonObject;
  /** Pointers of what was replaced. */
  readonly #broken = new Set<string>();
  #hidesUses = false;

  constructor(document: JsonObject) {
    this.document = structuredClone(document);
  }

  isBroken(pointer: string): boolean {
    for (let place = pointer; place !== ''; place = outerOf(place)) if (this.#broken.has(place)) return true;
    return false;
  }

  /** It is not known what a replaced part uses. */
  holds({ rule, pointer }: Problem): boolean {
    return !this.isBroken(pointer) && !(this.#hidesUses && rule === 'unused');
  }

  /** Replaces the place, or what is around it when that did not help before. False: that would be the whole. */
  mend(pointer: string): boolean {
    let place = pointer;
    while (this.#broken.has(place)) place = outerOf(place);
    if (place === '') return false;
    this.#broken.add(place);
    const tokens = place.split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    const key = tokens.at(-1) ?? '';
    const part = partAt(this.document, tokens.slice(1, -1));
    if (part === undefined) return true;
    const old = Object.hasOwn(part, key) ? part[key] : undefined;
    this.#hidesUses ||= typeof old === 'string' || (typeof old === 'object' && old !== null);
    const value = old === undefined && !Array.isArray(part) ? likelyValue(part, key) : undefined;
    if (value !== undefined) setOwn(part, key, value);
    else replaceKey(part, key, key === 'kind' ? kindMeant(old) : placeholderFor(tokens, old));
    return true;
  }
}

type Part = Record<string, Json>;

function partAt(document: JsonObject, tokens: readonly string[]): Part | undefined {
  let part: Json | undefined = document;
  for (const token of tokens) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, token)) return undefined;
    part = (part as Part)[token];
  }
  return typeof part === 'object' && part !== null ? (part as Part) : undefined;
}

function replaceKey(part: Part, key: string, value: Json | undefined): void {
  if (value !== undefined) setOwn(part, key, value);
  else if (!Array.isArray(part)) delete part[key];
}

/** Left out for a step of a model with a tool. A kind that resembles none stays, and the whole step is replaced. */
function kindMeant(given: Json | undefined): Json | undefined {
  const meant = typeof given === 'string' ? nearestName(given, STEP_KIND_NAMES) : undefined;
  return meant === 'agent' ? undefined : (meant ?? given);
}

function outerOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}
