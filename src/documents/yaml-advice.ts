/** Advice for a line of YAML that cannot be read, by what the person most likely meant; undefined when nothing fits. */
export function adviceFor(line: string, problem: string): string | undefined {
  if (hasBareTemplate(line)) return 'Put a text with {{ }} in quotes, for example: message: "{{ $total }} to pay"';
  if (/escape sequence/.test(problem)) return String.raw`Put a text with \ in single quotes: '\d+'`;
  if (/sequence item without/.test(problem))
    return 'Indent this line as far as the line above it, or begin it with "- ".';
  if (/^\s*-[\w$"']+\s*:/.test(line)) return 'Put a space after the dash: "- name: value".';
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
  [/within flow collections/, 'Write a comma between the entries of { } and [ ].'],
  [/cannot start with/, 'Put the text in quotes.'],
  [/has no anchor/, 'Put a text that begins with * in quotes.'],
  [/at node end/, "Put the whole text in quotes: a \" or ' inside of it is written \\\" or ''."],
  [/on same line with key/, 'Begin a list on a line of its own, or put a text that begins with "- " in quotes.'],
  [/unresolved tag: !\w/, 'Put a text that begins with ! in quotes, or leave the tag out.'],
];

function colonAdvice(line: string): string {
  const [, name, value] = /^\s*(?:- )?([\w$-]+):([^\s:].*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return `Put a space after the colon: ${name}: ${value.trim()}`;
  return 'Write "name: value", with a colon and a space between them.';
}

const STEP_KEYS = /^\s*(?:- )?(?:kind|task|tool_id|args|expression|message|output|inputs|over|as|steps)\s*:/;

/** Braces that begin a value: outside of quotes they are an object in an object for YAML. */
function hasBareTemplate(line: string): boolean {
  const outside = line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '""');
  return /(?:^|[:,[{]|-)\s*\{\{/.test(outside);
}

/** Whether a text that is followed by a comment was cut off by its #: a bracket or quote in it is not closed. */
export function isCutByComment(text: string): boolean {
  const plain = text.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/["']/.test(plain)) return true;
  const count = (character: string) => plain.split(character).length;
  return count('(') !== count(')') || count('[') !== count(']') || count('{') !== count('}');
}
