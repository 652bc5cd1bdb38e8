import { bareName } from './names.js';

const PREFIX = '__unreadable';

/** Replaces a name that cannot be read, so that the rest can be checked; a different one for each place. */
export function nameOfPlace(pointer: string): string {
  return `$${PREFIX}${pointer.replaceAll(/[^\w]/g, '_')}`;
}

/** Whether it is such a name, which means nothing to a person. */
export function isPlaceholderName(name: string): boolean {
  return bareName(name).startsWith(PREFIX);
}
