import { nameProgram } from '../models/providers/model-names.js';
import { shownUrl } from '../domain/values/secret-names.js';

/** The `to` of a target for messages: a program by its name only, because its arguments may hold secrets. */
export function shownAddress(to: string): string {
  const exec = 'exec:';
  return to.startsWith(exec) ? `${exec}${nameProgram(to.slice(exec.length))}` : shownUrl(to);
}
