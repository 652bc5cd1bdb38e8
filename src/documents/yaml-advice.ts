/** Messages of the package, in the words of its own grammar. */
const MEANINGS: Partial<Record<string, string>> = {
  'all mapping items must start at the same column': 'this name does not begin in the column of the names above it',
  'all sequence items must start at the same column': 'this - is not in the column of the - above it',
  'sequence item without - indicator': 'this is neither an item of the list nor a part of one',
  'a block sequence may not be used as an implicit map key': 'this - is not in the column of the - above it',
  'implicit keys need to be on a single line': 'this is not a name with a value',
  'implicit map keys need to be followed by map values': 'this is not a name with a value',
  'missing closing "quote': 'a text has no closing "',
  "missing closing 'quote": "a text has no closing '",
  'flow map in block collection must be sufficiently indented and end with a }': 'a { is not closed',
  'flow sequence in block collection must be sufficiently indented and end with a ]': 'a [ is not closed',
  'block collections are not allowed within flow collections': 'a comma is missing',
  'unexpected scalar token': 'a comma is missing before this',
  'nested mappings are not allowed in compact mappings': 'there is a second ": " in this line',
  'unexpected scalar at node end': 'there is more text after the end of the value',
  'unexpected block-seq-ind on same line with key': 'a list cannot begin on the line of its name',
};

/** A problem in plain words; `line` is where it is. */
export function meaningOf(line: string, problem: string): string {
  if (isIndentedBelow(line, problem)) return 'the line below is indented further than the names in this one';
  if (/not a YAML token/.test(problem)) return 'a text after > or | begins on the next line';
  return MEANINGS[problem] ?? problem;
}

const JOINED_DASH = /^\s*-[\w$"']+\s*:/;

/** Whether the second name that the parser saw is in the line below: it took that for a part of this line. */
function isIndentedBelow(line: string, problem: string): boolean {
  return /compact mappings/.test(problem) && !JOINED_DASH.test(line) && withoutTexts(line).split(/:\s/).length <= 2;
}

/** Advice for a line of YAML that cannot be read, by what the person most likely meant; undefined when nothing fits. */
export function adviceFor(line: string, problem: string): string | undefined {
  if (hasBareTemplate(line)) return 'Put a text with {{ }} in quotes, for example: message: "{{ $total }} to pay"';
  if (/escape sequence/.test(problem)) return String.raw`Put a text with \ in single quotes: '\d+'`;
  if (isIndentedBelow(line, problem)) return 'Indent the line below as far as the first name in this one.';
  if (/^\s*```/.test(line)) return 'Leave out the lines with ```.';
  if (/sequence item without/.test(problem))
    return 'Indent this line as far as the line above it, or begin it with "- ".';
  if (JOINED_DASH.test(line)) return 'Put a space after the dash: "- name: value".';
  if (/followed by map values|not a map|single line/.test(problem)) return colonAdvice(line);
  if (/given twice/.test(problem) && STEP_KEYS.test(line))
    return 'Begin each step with "- ", or remove one of the two.';
  if (/^\s*-/.test(line) && /implicit map key/.test(problem))
    return 'Indent this - as far as the - of the items above it.';
  return ADVICE.find(([pattern]) => pattern.test(problem))?.[1];
}

/** By what the parser says. */
const ADVICE: readonly (readonly [problem: RegExp, advice: string])[] = [
  [/missing closing/, 'Write the missing quote at the end of the text.'],
  [/flow map.*end with a \}/, 'Write } where the object ends. One that goes over several lines is indented.'],
  [/flow sequence.*end with a \]/, 'Write ] where the list ends. One that goes over several lines is indented.'],
  [/within flow collections|unexpected scalar token/, 'Write a comma between the entries of { } and [ ].'],
  [/not a YAML token/, 'Put a text that begins with > or | in quotes.'],
  [/cannot start with/, 'Put the text in quotes.'],
  [/has no anchor/, 'Put a text that begins with * in quotes.'],
  [/at node end/, "Put the whole text in quotes: a \" or ' inside of it is written \\\" or ''."],
  [/on same line with key/, 'Begin a list on a line of its own, or put a text that begins with "- " in quotes.'],
  [/unresolved tag: !\w/, 'Put a text that begins with ! in quotes, or leave the tag out.'],
];

function colonAdvice(line: string): string {
  if (line.includes('\u00a0')) return 'Replace the no-break spaces in this line by ordinary ones.';
  const [, name, value] = /^\s*(?:- )?([\w$-]+):([^\s:].*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return `Put a space after the colon: ${name}: ${value.trim()}`;
  return 'Write "name: value", with a colon and a space between them.';
}

const STEP_KEYS = /^\s*(?:- )?(?:kind|task|tool_id|args|expression|message|output|inputs|over|as|steps)\s*:/;

/** Braces that begin a value: outside of quotes they are an object in an object for YAML. */
function hasBareTemplate(line: string): boolean {
  return /(?:^|[:,[{]|-)\s*\{\{/.test(withoutTexts(line));
}

/** The line with empty texts instead of quoted ones. */
function withoutTexts(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '""');
}

/** Whether a text that is followed by a comment was cut off by its #: a bracket or quote in it is not closed. */
export function isCutByComment(text: string): boolean {
  const plain = text.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/["']/.test(plain)) return true;
  const count = (character: string) => plain.split(character).length;
  return count('(') !== count(')') || count('[') !== count(']') || count('{') !== count('}');
}
