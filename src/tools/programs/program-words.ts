import { parseTemplate } from '../../domain/expressions/template.js';
import { asText, type Json, type JsonObject } from '../../domain/values/json.js';
import { fillSetting, NotFilled, templateValues, type Evaluate } from '../setting-templates.js';
import type { ProgramSettings } from './program-settings.js';

/**
 * The words behind the program with their templates filled in. A word that is exactly one template is left out when that
 * is nothing or null, and is one word for each item of a list. Rejects with a NotFilled when the arguments do not make
 * words.
 */
export async function programWords(
  { command, dashes = false }: ProgramSettings,
  { args, evaluate }: { args: JsonObject; evaluate: Evaluate },
): Promise<string[]> {
  const values = templateValues(args);
  const words: string[] = [];
  for (const written of command.slice(1)) {
    const filled = wordsOf((await fillSetting(written, { values, evaluate })) ?? null);
    if (!dashes && beginsWithValue(written)) refuseDashes(filled);
    words.push(...filled);
  }
  if (words.some((word) => word.includes('\0')))
    throw new NotFilled('A word of a command cannot hold a NUL character.');
  return words;
}

function wordsOf(value: Json): string[] {
  if (value === null) return [];
  return Array.isArray(value) ? value.filter((item) => item !== null).map(asText) : [asText(value)];
}

/** Whether an argument decides what the word begins with. */
function beginsWithValue(written: string): boolean {
  return written.includes('{{') && parseTemplate(written)[0]?.kind === 'expression';
}

/** A program takes such a word for an option. */
function refuseDashes(words: readonly string[]): void {
  const word = words.find((candidate) => candidate.startsWith('-'));
  if (word === undefined) return;
  throw new NotFilled(
    `The value ${JSON.stringify(word)} begins with a dash, and the program would take it for an option. ` +
      '"dashes": true in its declaration allows that.',
  );
}
