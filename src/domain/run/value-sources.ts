import { stepNumber } from '../plan/step-path.js';
import type { ValueSource } from './clarification-schema.js';

/** Of a value that has more, the first are kept: a person reads them. */
const MOST_SOURCES = 12;

/** Each source once, in the order in which they came. */
export function distinctSources(sources: readonly ValueSource[]): ValueSource[] {
  const distinct = new Map(sources.map((source) => [JSON.stringify(source), source]));
  return [...distinct.values()].slice(0, MOST_SOURCES);
}

/** The sources of a run inside a step, as the run around it sees them. */
export function sourcesInside(sources: Record<string, ValueSource[]>, path: string): Record<string, ValueSource[]> {
  const placed = (source: ValueSource): ValueSource => ({
    ...source,
    ...(source.step !== undefined && { step: `${path}.plan.${source.step}` }),
    ...(source.read !== undefined && { read: source.read.map(placed) }),
  });
  return Object.fromEntries(Object.entries(sources).map(([name, of]) => [name, of.map(placed)]));
}

/** Where a value came from, in words: `$page (fetch_tool, step 1); the plan`. Not yet printable. */
export function describeSources(sources: readonly ValueSource[]): string {
  return sources.map(describeSource).join('; ');
}

function describeSource(source: ValueSource): string {
  const { from, name, step, read = [] } = source;
  const place = step === undefined ? [] : [`step ${stepNumber(step)}`];
  const [first = '', ...others] = [name, whoGave(source), ...place].filter((part) => part !== undefined);
  const what = others.length === 0 ? first : `${first} (${others.join(', ')})`;
  if (from !== 'model' || read.length === 0) return what;
  return `${what}, which had read: ${read.map(describeSource).join(', ')}`;
}

function whoGave({ from, tool, model, step }: ValueSource): string | undefined {
  switch (from) {
    case 'plan':
      return 'the plan';
    case 'input':
      return 'an input';
    case 'person':
      return 'a person';
    case 'model':
      return model === undefined ? 'a model' : `the model ${model}`;
    case 'tool':
      return step === undefined ? `a default of ${tool}` : tool;
    case 'hook':
      return 'the hook beforeToolCall';
    case 'step':
      return undefined;
  }
}
