/** Milliseconds since the call, by the clock that nobody sets. */
export function startClock(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}
