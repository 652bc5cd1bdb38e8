/** The names of JSONata's own functions; a variable of a plan must not be called like one. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(
  (
    'abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl ' +
    'decodeUrlComponent distinct each encodeUrl encodeUrlComponent error eval exists filter floor formatBase ' +
    'formatInteger formatNumber fromMillis join keys length lookup lowercase map match max merge millis min not now ' +
    'number pad parseInteger power random reduce replace reverse round shuffle sift single sort split spread sqrt ' +
    'string substring substringAfter substringBefore sum toMillis trim type uppercase zip'
  ).split(' '),
);

/** `$x` and `x` are the same name. */
export function bareName(name: string): string {
  return name.startsWith('$') ? name.slice(1) : name;
}

/** Whether expressions can refer to the name: letters, digits and `_`, no digit first, not a function of JSONata. */
export function isVariableName(name: string): boolean {
  const bare = bareName(name);
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(bare) && !FUNCTION_NAMES.has(bare);
}
