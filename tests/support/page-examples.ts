import { readFileSync } from 'node:fs';

import { isJsonObject, type Json } from '../../src/domain/values/json.js';

/** A command line of a page, what it is said to end with, and the output shown below it. */
export interface Example {
  line: string;
  exitCode: number;
  shown: string[];
}

/** A block of code of a page: its language, the name of the file that it is, if it says one, and its text. */
interface CodeBlock {
  language: string;
  file: string | undefined;
  text: string;
}

/** Every block of code, in the order of the page. */
export function codeBlocks(page: string): CodeBlock[] {
  return Array.from(
    readFileSync(page, 'utf8').matchAll(/^```(\w*) ?(\S*)\n([^]*?)^```$/gm),
    ([, language = '', title = '', text = '']) => ({ language, file: title || namedInComment(text), text }),
  );
}

/** The examples of a page, by block. */
export function examplesOf(page: string): Example[][] {
  return codeBlocks(page).flatMap(({ language, text }) => (language === 'console' ? [readExamples(text)] : []));
}

/** The files that a page shows, by their names. Settings that it shows in parts have all of them. */
export function filesOf(page: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { file, text } of codeBlocks(page)) {
    if (file === undefined) continue;
    const before = file === 'portia.json' ? files[file] : undefined;
    files[file] = before === undefined ? text : mergeJson(before, text);
  }
  return files;
}

function mergeJson(one: string, other: string): string {
  return JSON.stringify(merged(JSON.parse(one) as Json, JSON.parse(other) as Json));
}

/** Objects have the keys of both, and lists the items of both. */
function merged(one: Json, other: Json): Json {
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
  if (!isJsonObject(one) || !isJsonObject(other)) return other;
  const both = Object.entries(other).map(([key, value]) => [key, key in one ? merged(one[key] ?? null, value) : value]);
  return { ...one, ...Object.fromEntries(both) };
}

/** The text of the file that a page shows under this name. */
export function fileOf(page: string, name: string): string {
  const text = filesOf(page)[name];
  if (text === undefined) throw new Error(`${page} shows no file ${name}.`);
  return text;
}

/** The file that the first line is about: `# report.yaml`, `// tools/greet.ts`. */
function namedInComment(text: string): string | undefined {
  return /^(?:#|\/\/) ([\w./-]+\.\w+)\n/.exec(text)?.[1];
}

function readExamples(text: string): Example[] {
  const examples: Example[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) {
      const [, command = '', code] = /^\$ (.*?)(?:\s+# exit (\d+))?$/.exec(line) ?? [];
      examples.push({ line: command, exitCode: Number(code ?? 0), shown: [] });
    } else if (line.trim() !== '') examples.at(-1)?.shown.push(line);
  }
  return examples;
}
