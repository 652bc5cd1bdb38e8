import { nearestName } from '../domain/values/nearest-name.js';

/** More of a name is not shown. */
const MAX_LENGTH = 100;

/** The name that was probably meant, also when it is written with look-alike letters. Undefined when none is close. */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  return nearestName(name, candidates, normalise);
}

/** Full-width and accented letters as plain ones, invisible ones gone, and without the ending that most ids share. */
function normalise(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase();
  return plain.replace(/[_ -]tool$/, '');
}

/** The name as JSON text with everything but ASCII escaped, so that look-alike letters can be told apart. */
export function spellOut(name: string): string {
  const shown = name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH)}…` : name;
  return JSON.stringify(shown).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
