/** What a person most likely meant in a line of YAML that cannot be read, as what to do; undefined when nothing fits. */
export function adviceFor(line: string, problem: string): string | undefined {
  if (hasBareTemplate(line)) return 'Put a text with {{ }} in quotes, for example: message: "{{ $total }} to pay"';
  if (/escape sequence/.test(problem)) return String.raw`Put a text with \ in single quotes: '\d+'`;
  if (/sequence item without/.test(problem))
    return 'Indent this line as far as the line above it, or begin it with "- ".';
  if (/followed by map values|not a map/.test(problem)) {
    const [, name, value] = /^\s*(?:- )?([\w$-]+):([^\s:].*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return `Put a space after the colon: ${name}: ${value.trim()}`;
  }
  if (/given twice/.test(problem) && STEP_KEYS.test(line))
    return 'Begin each step with "- ", or remove one of the two.';
  return undefined;
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
