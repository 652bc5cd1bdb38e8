import { isJsonObject, type Json, type JsonObject } from '../../../src/domain/values/json.js';
import type { RepliedPlan } from './benchmark-case.js';

/** Gives a step a mistake that models make; undefined where the step has nothing for it. */
type Spoil = (step: JsonObject) => JsonObject | undefined;

/** A name that is not that of a function which is called. */
const NAME = /\$([a-z]\w*)(?![\w(])/;
const PLACES_OF_NAMES = ['expression', 'when', 'over', 'args', 'message', 'output'];

const OLD_KEYS: readonly [now: string, old: string][] = [
  ['args', 'arguments'],
  ['expression', 'formula'],
  ['over', 'items'],
  ['message', 'question'],
];

export const SPOILS: Readonly<Record<string, Spoil>> = {
  'a wrong kind': (step) =>
    step['kind'] === undefined ? undefined : { ...step, kind: step['kind'] === 'tool' ? 'compute' : 'tool' },
  'a bare name': (step) => {
    const key = PLACES_OF_NAMES.find((one) => NAME.test(JSON.stringify(step[one]) ?? ''));
    if (key === undefined) return undefined;
    return { ...step, [key]: JSON.parse(JSON.stringify(step[key]).replace(NAME, '$1')) as Json };
  },
  'no output': ({ output, ...step }) => (output === undefined ? undefined : step),
  'an old key': (step) => {
    const [now, old] = OLD_KEYS.find(([key]) => step[key] !== undefined) ?? [];
    if (now === undefined || old === undefined) return undefined;
    const { [now]: value = null, ...rest } = step;
    return { ...rest, [old]: value };
  },
  'an unknown tool': ({ tool_id: id, ...step }) => {
    if (typeof id === 'string') return { ...step, tool_id: `${id}_v2` };
    return step['kind'] === 'compute' ? { kind: 'tool', tool_id: 'calculate', args: {}, output: '$done' } : undefined;
  },
};

/** The step that got the mistake: its JSON pointer, and what it was before. */
export interface Spoilt {
  at: string;
  was: JsonObject;
}

/** The plan with the mistake in the first step that can have it. */
export function spoilPlan(plan: RepliedPlan, spoil: Spoil): (Spoilt & { plan: RepliedPlan }) | undefined {
  const found = spoilFirst(plan.steps, '/steps', spoil);
  return found && { plan: { ...plan, steps: found.steps }, at: found.at, was: found.was };
}

/** Inner steps come first: there a mistake is harder to find. */
function spoilFirst(steps: readonly Json[], at: string, spoil: Spoil): (Spoilt & { steps: Json[] }) | undefined {
  for (const [index, step] of steps.entries()) {
    if (!isJsonObject(step)) continue;
    const place = `${at}/${index}`;
    const inside = spoilInside(step, place, spoil);
    const own = inside === undefined ? spoil(step) : undefined;
    const found = inside ?? (own && { step: own, at: place, was: step });
    if (found === undefined) continue;
    return { ...found, steps: steps.map((one) => (one === step ? found.step : one)) };
  }
  return undefined;
}

function spoilInside(step: JsonObject, at: string, spoil: Spoil): (Spoilt & { step: JsonObject }) | undefined {
  for (const key of ['steps', 'else']) {
    const inner = step[key];
    const found = Array.isArray(inner) ? spoilFirst(inner, `${at}/${key}`, spoil) : undefined;
    if (found !== undefined) return { at: found.at, was: found.was, step: { ...step, [key]: found.steps } };
  }
  const branches = Array.isArray(step['branches']) ? step['branches'] : [];
  for (const [index, branch] of branches.entries()) {
    const found = isJsonObject(branch) ? spoilInside(branch, `${at}/branches/${index}`, spoil) : undefined;
    if (found === undefined) continue;
    return { ...found, step: { ...step, branches: branches.map((one) => (one === branch ? found.step : one)) } };
  }
  return undefined;
}
