import type { Problem } from './errors.js';
import { isJsonObject, type JsonObject } from './json.js';

/** The rest of a plan document whose steps have not all the right shape. */
export interface SoundPart {
  /** With a stand-in for each wrong step that leaves what it was to leave. */
  document: JsonObject;
  isBroken(pointer: string): boolean;
}

/** What can be judged although the shape of some steps is wrong; undefined when something else is wrong, too. */
export function soundPart(document: unknown, shape: readonly Problem[]): SoundPart | undefined {
  if (!isJsonObject(document) || !Array.isArray(document['steps'])) return undefined;
  const errors = shape.filter((problem) => problem.severity === 'error');
  const indexes = errors.map(({ pointer }) => /^\/steps\/(\d+)/.exec(pointer)?.[1]);
  if (indexes.length === 0 || indexes.includes(undefined)) return undefined;
  const broken = new Set(indexes.map(Number));
  const steps = document['steps'].map((step, index) => {
    const output = isJsonObject(step) && typeof step['output'] === 'string' ? step['output'] : `$broken_${index}`;
    return broken.has(index) ? { kind: 'compute', expression: 'null', output } : step;
  });
  return {
    document: { ...document, steps },
    isBroken: (pointer) => broken.has(Number(/^\/steps\/(\d+)/.exec(pointer)?.[1] ?? Number.NaN)),
  };
}
