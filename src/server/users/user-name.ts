import { oneLine } from '../../domain/values/printable.js';

const MOST_CHARACTERS = 100;

/** A name as it is typed on any keyboard: without spaces around it, and in one form of Unicode. */
export function plainName(typed: string): string {
  return typed.trim().normalize('NFC');
}

/** Why a text cannot be the name of a person, as a clause; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (Array.from(name).length > MOST_CHARACTERS) return `has more than ${MOST_CHARACTERS} characters`;
  if (oneLine(name) !== name) return 'has spaces around it, or characters that cannot be seen';
  return plainName(name) === name ? undefined : 'is not in the form NFC of Unicode';
}
