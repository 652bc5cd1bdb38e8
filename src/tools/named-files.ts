import path from 'node:path';

import { parseTemplate } from '../domain/expressions/template.js';

/** What a step says of the files that its agent may make, and what a person said when the step asked. */
export interface NamedFiles {
  /** As it is written in the plan, with its templates. */
  task: string;
  /** Globs of the step, relative to the project. */
  writes: readonly string[];
  answers: readonly string[];
}

/**
 * Whether the plan or a person named a file that a model wants to make. What a template fills in names nothing: it may
 * come from a text that was read.
 */
export async function isNamed(file: string, { task, writes, answers }: NamedFiles): Promise<boolean> {
  const name = path.normalize(file);
  if (answers.some((answer) => path.normalize(answer.trim()) === name)) return true;
  if (isWordOf(name, plainText(task))) return true;
  if (writes.length === 0) return false;
  const { default: picomatch } = await import('picomatch');
  return picomatch(
    writes.map((glob) => path.normalize(glob)),
    { nonegate: true, noextglob: true },
  )(name);
}

/** The text without what is filled in. The sign in its place keeps the words on both sides from being whole. */
function plainText(task: string): string {
  try {
    return parseTemplate(task)
      .map((part) => (part.kind === 'text' ? part.text : '\0'))
      .join('');
  } catch {
    // A template that does not parse fails the step before any call; until then it names nothing.
    return '';
  }
}

const BEFORE = /[\s"'`“”„‚‘’«»<>()[\]{},;:=]/u;
const AFTER = /^(?:$|[\s"'`“”‘’«»<>()[\]{},;:]|[.!?](?:$|[\s"'`”’»)\]]))/u;

/** Whether the text has the name as a word of its own, perhaps in quotes, after `./` or before a full stop. */
function isWordOf(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const before = text.slice(0, at).replace(/\.\/$/, '');
    const starts = before === '' || BEFORE.test(before.at(-1) ?? '');
    if (starts && AFTER.test(text.slice(at + name.length))) return true;
  }
  return false;
}
