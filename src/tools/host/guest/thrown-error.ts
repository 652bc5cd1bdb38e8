import { pathToFileURL } from 'node:url';

import type { PortiaError } from '../../../domain/errors.js';
import { textOfThrown } from '../../../domain/values/thrown.js';
import type { ThrownError } from '../protocol.js';

/** Longer texts are cut before they leave the host; nobody reads more. */
const MOST_CHARACTERS = 1_000_000;

/** Whatever was thrown, as data. Never throws itself. */
export function thrownError(thrown: unknown): ThrownError {
  const text = textOfThrown(thrown).slice(0, MOST_CHARACTERS);
  const portia = readOf(thrown, partsOfPortiaError);
  return portia === undefined ? { text } : { text, portia };
}

function partsOfPortiaError(thrown: unknown): ThrownError['portia'] {
  // By name, because a module may have brought a copy of portia.
  if (!(thrown instanceof Error) || thrown.name !== 'PortiaError' || !('code' in thrown)) return undefined;
  const { code, details, fix } = thrown as PortiaError;
  const { why, retryable } = details;
  return {
    code,
    ...(typeof why === 'string' && { why }),
    ...(typeof fix === 'string' && { fix }),
    ...(typeof retryable === 'boolean' && { retryable }),
  };
}

/** Where in a file an error arose, as `:3`; undefined when that cannot be seen, or is in its message. */
export function placeIn(file: string, error: unknown): string | undefined {
  return readOf(error, (thrown) => {
    if (!(thrown instanceof Error) || thrown.message.includes(file)) return undefined;
    const stack = (thrown.stack ?? '').replace(thrown.message, '').replaceAll(pathToFileURL(file).href, file);
    return stack.split(file)[1]?.match(/^:\d+/)?.[0];
  });
}

/** What was thrown may be anything, and anything about it may throw: then there is nothing to read. */
function readOf<Value>(thrown: unknown, read: (thrown: unknown) => Value): Value | undefined {
  try {
    return read(thrown);
  } catch {
    return undefined;
  }
}
