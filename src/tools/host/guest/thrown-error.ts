import { pathToFileURL } from 'node:url';

import { PortiaError } from '../../../domain/errors.js';
import { textOfThrown } from '../../../domain/values/thrown.js';
import type { ThrownError } from '../protocol.js';

/** Longer texts are cut before they leave the host; nobody reads more. */
const MOST_CHARACTERS = 1_000_000;

/** Whatever was thrown, as data. Never throws itself. */
export function thrownError(thrown: unknown): ThrownError {
  const text = textOfThrown(thrown).slice(0, MOST_CHARACTERS);
  if (!isPortiaError(thrown)) return { text };
  const { code, details, fix } = thrown;
  const { why, retryable } = details;
  return { text, portia: { code, why, fix, ...(retryable !== undefined && { retryable }) } };
}

// By name, because a module may have brought a copy of portia.
function isPortiaError(thrown: unknown): thrown is PortiaError {
  return (
    thrown instanceof PortiaError || (thrown instanceof Error && thrown.name === 'PortiaError' && 'code' in thrown)
  );
}

/** Where in a file an error arose, as `:3`; undefined when that cannot be seen, or is in its message. */
export function placeIn(file: string, thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.message.includes(file)) return undefined;
  const stack = (thrown.stack ?? '').replace(thrown.message, '').replaceAll(pathToFileURL(file).href, file);
  return stack.split(file)[1]?.match(/^:\d+/)?.[0];
}
