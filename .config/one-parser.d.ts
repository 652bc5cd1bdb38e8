/** JSONata with one table of symbols for all expressions. */
export function withOneParser(code: string): string;
