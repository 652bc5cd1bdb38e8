/** Ids are not paths: for a glob, slashes and dots in them are characters like all others. */
const STAND_IN: Record<string, string> = { '/': '\uE000', '.': '\uE001' };
const flatId = (id: string): string => id.replace(/[./]/g, (sign) => STAND_IN[sign] ?? sign);
const flatGlob = (glob: string): string =>
  // A range such as {1..3} keeps its dots.
  glob.replaceAll('**/', '**').replace(/\{\w+\.\.\w+\}|[./]/g, (part) => STAND_IN[part] ?? part);

/**
 * Which tool ids a glob names. `*` names every id; an id names itself, whatever characters it has. A leading `!` negates
 * nothing: a pattern that meant everything else would approve what nobody named.
 */
export async function matchToolIds(glob: string): Promise<(id: string) => boolean> {
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch(flatGlob(glob), { dot: true, bash: true, nonegate: true, noextglob: true });
  return (id) => id === glob || matches(flatId(id));
}

/** Which tools are switched off: those that a glob of `disable` names and none of `enable` does. */
export async function isOff(globs: {
  enable: readonly string[];
  disable: readonly string[];
}): Promise<(id: string) => boolean> {
  const [enabled, disabled] = await Promise.all([matchAny(globs.enable), matchAny(globs.disable)]);
  return (id) => disabled(id) && !enabled(id);
}

async function matchAny(globs: readonly string[]): Promise<(id: string) => boolean> {
  const matchers = await Promise.all(globs.map(matchToolIds));
  return (id) => matchers.some((matches) => matches(id));
}
