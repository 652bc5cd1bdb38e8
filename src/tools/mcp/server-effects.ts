import type { JsonObject } from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { matchToolIds } from '../tool-globs.js';

/** What settings say that calls of tools do, by an id or a glob of tools. */
interface EffectRule {
  glob: string;
  effect: ToolEffect;
}

export type EffectOf = (id: string, annotations: JsonObject, isBelieved: boolean) => ToolEffect;

/**
 * What a call of a tool does: what settings say under its id, else the most careful of what they say by globs, else what
 * a server that is believed says of it, else `once`.
 */
export async function effectsBy(rules: readonly EffectRule[]): Promise<EffectOf> {
  const matchers = await Promise.all(
    rules.map(async ({ glob, effect }) => ({ glob, effect, matches: await matchToolIds(glob) })),
  );
  return (id, annotations, isBelieved) => {
    const exact = matchers.filter(({ glob }) => glob === id);
    const said = exact.length > 0 ? exact : matchers.filter(({ matches }) => matches(id));
    const effects = said.map(({ effect }) => effect);
    return MOST_CAREFUL.find((effect) => effects.includes(effect)) ?? (isBelieved ? annotated(annotations) : 'once');
  };
}

function annotated({ readOnlyHint, idempotentHint }: JsonObject): ToolEffect {
  if (readOnlyHint === true) return 'read';
  return idempotentHint === true ? 'idempotent' : 'once';
}

const MOST_CAREFUL: readonly ToolEffect[] = ['once', 'idempotent', 'read'];
