const EDITS = [
  ['var parser = function (source, recover) {', 'var makeParser = function () { var source, recover;'],
  [
    '// now invoke the tokenizer and the parser and return the syntax tree',
    `return function (text, mayRecover) {
      source = text; recover = mayRecover; node = undefined; errors = [];
      ancestorLabel = 0; ancestorIndex = 0; ancestry = [];`,
  ],
  [/return expr;\n {4}\};\n\n {4}return parser;/, 'return expr; }; };\n\n    return makeParser();'],
  [
    'function defineFunction(func, signature) {',
    'var signatures = {};\n    function defineFunction(func, signature) {',
  ],
  [
    'definition.signature = parseSignature(signature);',
    'definition.signature = (signatures[signature] ??= parseSignature(signature));',
  ],
];

/**
 * JSONata's source, with the table of its symbols, and what a signature of a function says, made once. JSONata makes
 * them again for each expression, which is half of the work of checking a long plan. What belongs to one expression is
 * set at its start. Throws when the source is not as it was when this was written.
 */
export function withOneParser(code) {
  return EDITS.reduce((text, [from, to]) => {
    const edited = text.replace(from, () => to);
    if (edited === text) throw new Error(`jsonata has no ${from} any more: look at its parser, and correct this edit.`);
    return edited;
  }, code);
}
