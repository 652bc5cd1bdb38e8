/** The operators that join two numbers in arithmetic that people write. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | 'mod' | '^';

/** The signs for each operator, its own first. `**` stands for a power, too. */
export const OPERATOR_SIGNS: Readonly<Record<ArithmeticOperator, string>> = {
  '+': '+',
  '-': '-−',
  '*': '*×·',
  '/': '/÷',
  mod: '',
  '^': '^',
};

/** The words for each operator, in lower case; a longer one before those that begin it. */
export const OPERATOR_WORDS: Readonly<Record<ArithmeticOperator, readonly string[]>> = {
  '+': ['plus'],
  '-': ['minus'],
  '*': ['multiplied by', 'times', 'x'],
  '/': ['divided by'],
  mod: ['modulo', 'mod'],
  '^': ['raised to the power of', 'to the power of'],
};

/** Words after a number that raise it to a power. */
export const POWER_WORDS: readonly { word: string; sign: string; power: '2' | '3' }[] = [
  { word: 'squared', sign: '²', power: '2' },
  { word: 'cubed', sign: '³', power: '3' },
];
