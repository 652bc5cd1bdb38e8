import { MAX_DEPTH, depthOf } from '../../domain/values/json.js';
import { keptDigitsOf, type KeptDigits } from '../../domain/values/whole-numbers.js';
import { withoutThoughts } from './thoughts.js';

export type Extraction = ({ ok: true } & KeptDigits) | { ok: false; problem: string };

/** Which JSON value is looked for inside other text. */
type Wanted = 'object' | 'array';

/** Longest reply that is looked at, in characters. */
const MAX_CHARACTERS = 8_000_000;
/** Guessing what broken JSON means takes far longer than parsing. */
const MAX_REPAIRED_CHARACTERS = 1_000_000;
/** Each start is followed to the end of the text at worst. */
const MAX_STARTS = 20;

/**
 * The JSON value in a model's reply: the whole reply, else the first complete value of the wanted kind (in a code block
 * if there is one), else what can be repaired. Never throws, and never completes what was cut off. Refuses what a JSON
 * file could not hold or what could do harm: nesting deeper than MAX_DEPTH, numbers out of range, the key `__proto__`.
 * Nothing is taken from thoughts.
 */
export async function extractJson(text: string, wanted: Wanted): Promise<Extraction> {
  if (text.length > MAX_CHARACTERS)
    return { ok: false, problem: `the reply is longer than ${MAX_CHARACTERS} characters` };
  const plain = withoutThoughts(text).trim();
  const whole = keptDigitsOf(plain);
  if (whole !== undefined) return check(whole);
  const block = firstCodeBlock(plain);
  const parts = (block === undefined ? [plain] : [block, plain]).map((part) => findCandidates(part, wanted));
  const candidates = parts.flatMap((part) => part.closed);
  for (const candidate of candidates) {
    const value = keptDigitsOf(candidate);
    if (value !== undefined) return check(value);
  }
  for (const candidate of candidates) {
    const value = await repair(candidate);
    if (value !== undefined) return check(value);
  }
  const isCutOff = parts.some((part) => part.isCutOff);
  return {
    ok: false,
    problem: isCutOff ? 'the JSON is cut off: a bracket is never closed' : 'the reply holds no JSON',
  };
}

function firstCodeBlock(text: string): string | undefined {
  const opening = /```[A-Za-z0-9]*[ \t]*\r?\n/.exec(text);
  if (opening === null) return undefined;
  const start = opening.index + opening[0].length;
  const end = text.indexOf('\n```', start);
  return text.slice(start, end < 0 ? undefined : end);
}

interface Candidates {
  /** Texts from an opening bracket to the one that closes it. */
  closed: string[];
  isCutOff: boolean;
}

function findCandidates(text: string, wanted: Wanted): Candidates {
  const bracket = wanted === 'array' ? '[' : '{';
  const closed: string[] = [];
  let start = text.indexOf(bracket);
  for (let tried = 0; start >= 0 && tried < MAX_STARTS; tried += 1) {
    const end = endOfValue(text, start);
    // A value inside one that is cut off or broken is only a part of the answer.
    if (end === undefined && looksLikeJson(text, start)) return { closed, isCutOff: true };
    if (end !== undefined) closed.push(text.slice(start, end));
    start = text.indexOf(bracket, end ?? start + 1);
  }
  return { closed, isCutOff: false };
}

// And not like a bracket in a sentence.
function looksLikeJson(text: string, start: number): boolean {
  return /^[{[]\s*(["'{[\]}]|[\w$]+\s*:|\/[/*])/.test(text.slice(start, start + 200));
}

/** Index behind the bracket that closes the one at `start`; undefined when none does. */
export function endOfValue(text: string, start: number): number | undefined {
  let open = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') open += 1;
    else if (character === '}' || character === ']') {
      open -= 1;
      if (open === 0) return index + 1;
    }
  }
  return undefined;
}

async function repair(text: string): Promise<KeptDigits | undefined> {
  if (text.length > MAX_REPAIRED_CHARACTERS || !looksLikeJson(text, 0)) return undefined;
  const { jsonrepair } = await import('jsonrepair');
  try {
    return keptDigitsOf(jsonrepair(text));
  } catch {
    // Beyond repair, or nested so deeply that the recursion of the package ended: there is no JSON in it.
    return undefined;
  }
}

function check({ value, first }: KeptDigits): Extraction {
  if (depthOf(value) > MAX_DEPTH) return { ok: false, problem: `the JSON is nested deeper than ${MAX_DEPTH} levels` };
  const problem = findHarm(value);
  return problem === undefined ? { ok: true, value, first } : { ok: false, problem };
}

// Recursive, because the depth is known to be small.
function findHarm(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'the JSON holds a number that is out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return 'the JSON holds the key __proto__';
  for (const child of Object.values(value)) {
    const problem = findHarm(child);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
