/** `NAME=text`, `NAME:=json`, `NAME=@file` or `NAME:=@file`, as it is written. */
export interface NamedValue {
  name: string;
  /** Whether the text, or that of the file, is JSON. */
  isJson: boolean;
  /** Whether the text is the path of the file that has the value; `-` is standard input. */
  isFile: boolean;
  text: string;
}

/** One word of the command line: the name ends at the first `=` or `:=`. Undefined when there is no name or no `=`. */
export function readNamedValue(word: string): NamedValue | undefined {
  const equals = word.indexOf('=');
  const isJson = equals > 0 && word[equals - 1] === ':';
  const name = word.slice(0, Math.max(0, isJson ? equals - 1 : equals)).trim();
  if (name === '') return undefined;
  const value = word.slice(equals + 1);
  const isFile = value.startsWith('@');
  return { name, isJson, isFile, text: isFile ? value.slice(1) : value };
}

/** The text itself, or that of its file. Rejects as `readText` does. */
export async function textOfNamed(
  { isFile, text }: NamedValue,
  readText: (path: string) => Promise<string>,
): Promise<string> {
  return isFile ? readText(text) : text;
}
