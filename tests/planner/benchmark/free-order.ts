import { BENCHMARK_TOOLS } from './benchmark-tools.js';
import type { Play } from './benchmark-case.js';
import type { Traced } from './scripted-world.js';

/** What happened, with calls of the same reading tool that follow each other in one order: they may overlap. */
export function inFreeOrder(happened: Play['expected']): Play['expected'] {
  const ordered: Traced[] = [];
  let overlapping: Traced[] = [];
  const settle = () => {
    ordered.push(...overlapping.toSorted((one, other) => (asText(one) < asText(other) ? -1 : 1)));
    overlapping = [];
  };
  for (const one of happened.trace) {
    if (readerOf(one) === undefined || readerOf(one) !== readerOf(overlapping[0])) settle();
    overlapping.push(one);
  }
  settle();
  return { ...happened, trace: ordered };
}

function readerOf(one: Traced | undefined): string | undefined {
  if (one === undefined || !('call' in one)) return undefined;
  return BENCHMARK_TOOLS.get(one.call)?.effect === 'read' ? one.call : undefined;
}

/** With its keys in one order. */
function asText(one: Traced): string {
  return JSON.stringify('call' in one ? Object.entries(one.args).toSorted() : one);
}
