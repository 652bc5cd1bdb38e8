import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';

/** One case of the test of a tool. */
export interface ToolTestResult {
  /** From the project's root. */
  file: string;
  tool: string;
  name: string;
  ok: boolean;
  /** What it did instead. */
  problem?: string;
}

/** A line for each case, and how many there are. Ends with a newline. */
export function toolTestsView(results: readonly ToolTestResult[], { colour, symbols }: Look): string {
  const failed = results.filter(({ ok }) => !ok).length;
  const lines = results.map(({ tool, name, problem }) => {
    const what = `${colour.cyan(oneLine(tool))}  ${oneLine(name)}`;
    return problem === undefined
      ? `${colour.green(symbols.completed)} ${what}`
      : `${colour.red(symbols.failed)} ${what}: it ${oneLine(problem)}`;
  });
  const summary = `${count(results.length - failed, 'case')} passed, ${failed} failed`;
  return `${[...lines, '', colour.dim(summary)].join('\n')}\n`;
}
