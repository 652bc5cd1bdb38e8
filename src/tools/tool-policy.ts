import { describeFailure, ExpressionError } from '../domain/expressions/expression-error.js';
import { parseBareOrTemplate } from '../domain/expressions/template.js';
import type { JsonObject } from '../domain/values/json.js';
import type { Policy, PolicyCase, PolicyRule, PolicyVerdict, RulePlace } from '../domain/values/policies.js';
import { matchToolIds } from './tool-globs.js';

/** What the rules say about a call with these arguments. */
export type CallPolicy = (toolId: string, args: JsonObject) => Promise<PolicyVerdict>;

/** Rejects with an ExpressionError. */
type Evaluate = (source: string, variables: { args: JsonObject }) => Promise<unknown>;

/**
 * What was decided about calls. A deny anywhere wins. Else a rule that cannot be judged asks, and what the machine asks
 * about is asked; then the command line decides, and then the strictest of the files. In one place, the first rule that
 * speaks of the call counts.
 */
export async function createPolicy(
  {
    machine,
    command,
    files,
  }: Record<'machine' | 'command', readonly PolicyRule[]> & { files: readonly (readonly PolicyRule[])[] },
  evaluate: Evaluate,
): Promise<CallPolicy> {
  const ofCommand = await createPlacePolicy(command, 'command', evaluate);
  const ofMachine = await createPlacePolicy(machine, 'machine', evaluate);
  const ofFiles = await Promise.all(files.map(async (rules) => createPlacePolicy(rules, 'file', evaluate)));
  return async (toolId, args) => {
    const [own, fixed] = await Promise.all([ofCommand(toolId, args), ofMachine(toolId, args)]);
    const others = [fixed, ...(await Promise.all(ofFiles.map(async (judge) => judge(toolId, args))))];
    const all = [own, ...others];
    const denied = all.find(({ policy }) => policy === 'deny');
    if (denied !== undefined) return denied;
    const broken = all.find(({ problem }) => problem !== undefined);
    if (broken !== undefined) return broken;
    if (own.policy !== undefined && fixed.policy !== 'ask') return own;
    const asks = others.some(({ policy }) => policy === 'ask');
    return { policy: asks ? 'ask' : others.find(({ policy }) => policy !== undefined)?.policy };
  };
}

/** The same for the rules of one place. */
async function createPlacePolicy(
  rules: readonly PolicyRule[],
  place: RulePlace,
  evaluate: Evaluate,
): Promise<CallPolicy> {
  const matchers = await Promise.all(rules.map(async (rule) => ({ rule, matches: await matchToolIds(rule.glob) })));
  return async (toolId, args) => {
    const matching = matchers.filter(({ matches }) => matches(toolId));
    const verdicts = await Promise.all(matching.map(async ({ rule }) => judgeRule({ ...rule, place }, args, evaluate)));
    const speaking = verdicts.filter(({ policy }) => policy !== undefined);
    return (
      speaking.find(({ policy }) => policy === 'deny') ??
      speaking.find(({ problem }) => problem !== undefined) ??
      speaking[0] ?? { policy: undefined }
    );
  };
}

async function judgeRule(
  { policy, source, place }: PolicyRule & { place: RulePlace },
  args: JsonObject,
  evaluate: Evaluate,
): Promise<PolicyVerdict> {
  if (typeof policy === 'string') return verdictOf(policy, { source, place });
  for (const [index, each] of policy.entries()) {
    const rule = { source: `${source}[${index}]`, place };
    try {
      if (await holds(each, args, evaluate)) return verdictOf(each.then, rule);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const why = describeFailure(error, each.when);
      return { policy: 'ask', problem: `The rule ${rule.source} cannot be judged. ${why}` };
    }
  }
  return { policy: undefined };
}

function verdictOf(policy: Policy, rule: { source: string; place: RulePlace }): PolicyVerdict {
  return policy === 'deny' ? { policy, deniedBy: rule } : { policy };
}

/** Only true and false are an answer: whether anything else stands for a yes nobody said. */
async function holds({ when }: PolicyCase, args: JsonObject, evaluate: Evaluate): Promise<boolean> {
  const { source } = parseBareOrTemplate(when);
  const value = await evaluate(source, { args });
  if (typeof value === 'boolean') return value;
  throw new ExpressionError('is not true or false', source, 1);
}
