import path from 'node:path';

import { messageOf } from '../../domain/errors.js';
import { cutText } from '../../domain/values/cut-text.js';
import { callWithin } from '../bounded-call.js';
import type { Jail } from '../paths.js';
import { walkFiles } from './walk-files.js';

/** A glob with many stars can take for ever on a long name. */
const MATCH_MS = 1_000;

const MOST_SHOWN = 200;

export type MatchingFiles = { ok: true; files: string[]; warnings: string[] } | { ok: false; why: string };

/**
 * The files below the project root that a glob names, sorted and with `/` between folders. The warnings and `why` are
 * sentences.
 */
export async function matchingFiles(pattern: string, jail: Jail, signal: AbortSignal): Promise<MatchingFiles> {
  const shown = JSON.stringify(cutText(pattern, MOST_SHOWN));
  if (/^\/|^[a-z]:|(?:^|\/)\.\.(?:\/|$)|\\/i.test(pattern)) {
    return { ok: false, why: `The pattern ${shown} leads out of the project. Write one such as reports/**/*.csv.` };
  }
  const all: string[] = [];
  const complete = await walkFiles(jail, signal, (file) => {
    all.push(file.split(path.sep).join('/'));
    return true;
  });
  const { default: picomatch } = await import('picomatch');
  try {
    const names = picomatch(pattern.replace(/^(?:\.\/)+/, ''), { nonegate: true, noextglob: true });
    const match = () => all.filter((file) => names(file));
    const matched = callWithin(MATCH_MS, match, () => performance.now());
    if (matched.ended) {
      const warnings = complete ? [] : ['Only the first files below the project folder were looked at.'];
      return { ok: true, files: matched.value.sort(), warnings };
    }
    return { ok: false, why: `The pattern ${shown} takes too long. Use fewer stars in it.` };
  } catch (error) {
    return { ok: false, why: `The pattern ${shown} is not understood: ${messageOf(error)}.` };
  }
}
