/** Paints text for a terminal, or leaves it as it is. Only for text that is already printable. */
export interface Painter {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const same = (text: string): string => text;

export const plainPainter: Painter = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

/**
 * Whether a stream gets colour. What switches it off wins over what forces it on:
 * `--no-color`, NO_COLOR, FORCE_COLOR=0, then FORCE_COLOR and CLICOLOR_FORCE, then a terminal that is not `dumb`.
 */
export function hasColour(stream: {
  isTerminal: boolean;
  environment: Readonly<Record<string, string | undefined>>;
  noColour: boolean;
}): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = stream.environment;
  if (stream.noColour || (NO_COLOR !== undefined && NO_COLOR !== '')) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== '' && CLICOLOR_FORCE !== '0') return true;
  return stream.isTerminal && TERM !== 'dumb' && CLICOLOR !== '0';
}

/** A painter for a stream; the colour package is loaded only when there is colour. */
export async function createPainter(colour: boolean): Promise<Painter> {
  if (!colour) return plainPainter;
  const { Chalk } = await import('chalk');
  // An explicit level, because chalk looks at process.argv and not at NO_COLOR.
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}

/** Whether symbols such as ✔ can be shown. A locale that names another character set says no; none at all says yes. */
export function hasUnicode(environment: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  const { LC_ALL, LC_CTYPE, LANG, TERM, WT_SESSION, TERM_PROGRAM } = environment;
  if (platform === 'win32') return WT_SESSION !== undefined || TERM_PROGRAM === 'vscode' || TERM === 'xterm-256color';
  if (TERM === 'linux' || TERM === 'dumb') return false;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
