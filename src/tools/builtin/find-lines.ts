import { setImmediate } from 'node:timers/promises';

import { messageOf } from '../../domain/errors.js';
import {
  isModerateRegExp,
  LinearRegExp,
  loadRegExpEngine,
  regExpProblem,
} from '../../domain/expressions/linear-regexp.js';
import { cutText } from '../../domain/values/cut-text.js';
import { decodeText } from '../../domain/values/decode-text.js';
import type { JsonObject } from '../../domain/values/json.js';
import { notDone } from '../not-done.js';
import { readLocated } from '../open-located.js';
import { locateFile, type Jail } from '../paths.js';
import type { ToolContext, ToolResult } from '../tool.js';
import { matchingFiles } from './matching-files.js';

const MAX_FOUND = 500;
const MAX_FILE_BYTES = 5_000_000;
/** Characters of a line that are shown. */
const MAX_SHOWN = 300;
/** Characters of a line that a regular expression sees. */
const MAX_SEEN = 10_000;
/** How long lines are looked at before others may act, in milliseconds. */
const PATIENCE_MS = 20;

interface Search {
  text: string;
  /** A glob. */
  files: string;
  regexp: boolean;
  ignore_case: boolean;
}

interface FoundLine extends JsonObject {
  file: string;
  /** From 1. */
  line: number;
  text: string;
}

/** The lines of the project's files that have a text. Rejects with the signal's reason only. */
export async function findInFiles({ environment, signal }: ToolContext, search: Search): Promise<ToolResult> {
  if (/[\r\n]/.test(search.text)) return notDone('The text has a line end, and is looked for inside one line.');
  const matcher = await matcherOf(search);
  if (typeof matcher === 'string')
    return notDone(`The text ${JSON.stringify(cutText(search.text, MAX_SHOWN))} ${matcher}`);
  const candidates = await matchingFiles(search.files, environment, signal);
  if (!candidates.ok) return notDone(candidates.why);
  const found: FoundLine[] = [];
  const large: string[] = [];
  let isCut = false;
  for (const file of candidates.files) {
    signal.throwIfAborted();
    const read = await textOf(file, environment);
    if (read === undefined) continue;
    if ('text' in read) isCut = await addLines(found, { file, text: read.text, matcher, signal });
    else large.push(file);
    if (isCut) break;
  }
  const warnings = [
    ...candidates.warnings,
    ...(isCut ? [`Only the first ${MAX_FOUND} lines are given.`] : []),
    ...(large.length > 0
      ? [`Not looked into, because larger than 5 MB: ${cutText(large.join(', '), MAX_SHOWN)}.`]
      : []),
  ];
  return { kind: 'output', value: found, ...(warnings.length > 0 && { warnings }) };
}

type Matcher = (line: string) => boolean;

/** A clause that says why there is none. */
async function matcherOf({ text, regexp, ignore_case: ignoresCase }: Search): Promise<Matcher | string> {
  if (!regexp) {
    const plain = (line: string) => (ignoresCase ? line.toLowerCase() : line);
    const wanted = plain(text);
    return (line) => plain(line).includes(wanted);
  }
  const problem = regExpProblem(text);
  if (problem !== undefined) return `is refused: ${problem}.`;
  if (!isModerateRegExp(text)) return 'is too long or repeats too much for a regular expression. Write a shorter one.';
  await loadRegExpEngine();
  try {
    const pattern = new LinearRegExp(new RegExp(text, ignoresCase ? 'i' : ''));
    return (line) => {
      pattern.lastIndex = 0;
      return pattern.exec(line.slice(0, MAX_SEEN)) !== null;
    };
  } catch (error) {
    return `is not a regular expression: ${messageOf(error)}.`;
  }
}

/** Undefined for what is not text, or can no longer be read. */
async function textOf(file: string, jail: Jail): Promise<{ text: string } | { isTooLarge: true } | undefined> {
  const located = await locateFile(file, 'read', jail);
  if (!located.ok || located.stats === undefined) return undefined;
  if (located.stats.size > MAX_FILE_BYTES) return { isTooLarge: true };
  try {
    const content = await readLocated(located, MAX_FILE_BYTES);
    if (content === undefined) return { isTooLarge: true };
    const decoded = decodeText(content);
    return decoded.ok && !decoded.text.includes('\0') ? { text: decoded.text } : undefined;
  } catch {
    return undefined;
  }
}

interface Searched {
  file: string;
  text: string;
  matcher: Matcher;
  signal: AbortSignal;
}

/** True when there are more lines than are given. */
async function addLines(found: FoundLine[], { file, text, matcher, signal }: Searched): Promise<boolean> {
  let since = performance.now();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (performance.now() - since > PATIENCE_MS) {
      await setImmediate();
      signal.throwIfAborted();
      since = performance.now();
    }
    if (!matcher(line)) continue;
    if (found.length === MAX_FOUND) return true;
    found.push({ file, line: index + 1, text: cutText(line, MAX_SHOWN) });
  }
  return false;
}
