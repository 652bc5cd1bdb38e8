import { type Advice, adviceText, spellAdvice } from '../domain/next-step.js';
import { printable } from '../domain/values/printable.js';
import type { Look } from './look.js';
import { wrapTo } from './text-width.js';

/** One line of a health report. */
export interface ReportedCheck {
  status: 'ok' | 'warning' | 'failed' | 'off';
  what: string;
  fix?: Advice | undefined;
}

/** A line for each check, with the fix below what does not work. Ends with a newline. */
export function doctorView(checks: ReportedCheck[], look: Look): string {
  const lines = checks.flatMap((check, index) => {
    // A fix for several in a row is printed once, below the last of them.
    const below = checks[index + 1]?.fix;
    const fix =
      check.fix === undefined || (below !== undefined && adviceText(below) === adviceText(check.fix))
        ? []
        : printable(spellAdvice(check.fix, look.spell))
            .split('\n')
            .map((line) => `    ${line}`);
    const [first = '', ...rest] = wrapTo(printable(check.what), look.columns - 2);
    return [`${mark(check.status, look)} ${first}`, ...rest.map((line) => `  ${line}`), ...fix];
  });
  return `${lines.join('\n')}\n`;
}

function mark(status: ReportedCheck['status'], { colour, symbols }: Look): string {
  switch (status) {
    case 'ok':
      return colour.green(symbols.completed);
    case 'warning':
      return colour.yellow(symbols.warning);
    case 'failed':
      return colour.red(symbols.failed);
    case 'off':
      return colour.dim(symbols.pending);
  }
}
