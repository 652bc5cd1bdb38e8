import type { Policy, PolicyRule } from '../domain/values/policies.js';
import { matchToolIds } from './tool-globs.js';

/** What the user decided about a tool: a deny anywhere wins, else the first rule that names it. */
export async function createPolicy(rules: readonly PolicyRule[]): Promise<(toolId: string) => Policy | undefined> {
  const matchers = await Promise.all(
    rules.map(async ({ glob, policy }) => ({ policy, matches: await matchToolIds(glob) })),
  );
  return (toolId) => {
    const matching = matchers.filter(({ matches }) => matches(toolId));
    return matching.find(({ policy }) => policy === 'deny')?.policy ?? matching[0]?.policy;
  };
}
