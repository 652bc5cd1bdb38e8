import { canonicalJson, type Json } from '../values/json.js';
import type { RecordedModel, RecordedQuestion, RecordedTool } from './recorded-call.js';
import type { RunResult, StepResult } from './recording.js';
import { outputDigest } from './recording-lines.js';

/** A call that a run makes while it is played. */
export interface PlayedCall {
  kind: 'model' | 'tool';
  at: string;
  /** Of the model or the tool. */
  name: string;
  /** The request, or the arguments. */
  content: Json;
}

/** How a run that is played differs from the one that was recorded. */
export type Difference =
  | { kind: 'call changed'; now: PlayedCall; before: RecordedModel | RecordedTool; parts: string[] }
  /** `used`: the recording has it once, and it was given already. */
  | {
      kind: 'call new';
      now: PlayedCall;
      nearest?: RecordedModel | RecordedTool | undefined;
      used?: RecordedModel | RecordedTool | undefined;
    }
  | { kind: 'call gone'; before: RecordedModel | RecordedTool }
  | { kind: 'question new'; at: string; guidance: string }
  | { kind: 'question gone'; before: RecordedQuestion }
  | { kind: 'step changed'; path: string; before: StepResult; now: StepResult | undefined }
  | { kind: 'step new'; path: string; now: StepResult }
  | { kind: 'end changed'; before: RunResult; now: RunResult };

/** How steps ended otherwise. Where the play stopped before the end, those that it did not come to are left out. */
export function differingSteps(
  before: ReadonlyMap<string, StepResult>,
  now: ReadonlyMap<string, StepResult>,
  isWhole: boolean,
): Difference[] {
  const changed = [...before].flatMap(([path, result]): Difference[] => {
    const played = now.get(path);
    if (played === undefined) return isWhole ? [{ kind: 'step changed', path, before: result, now: undefined }] : [];
    return isSameResult(result, played) ? [] : [{ kind: 'step changed', path, before: result, now: played }];
  });
  const added = [...now].filter(([path]) => !before.has(path));
  return [...changed, ...added.map(([path, result]): Difference => ({ kind: 'step new', path, now: result }))];
}

function isSameResult(one: StepResult, other: StepResult): boolean {
  if (one.kind === 'failed' && other.kind === 'failed') return one.error.code === other.error.code;
  if (one.kind === 'completed' && other.kind === 'completed') return isSameOutput(one, other);
  return one.kind === other.kind;
}

type Completed = Extract<StepResult, { kind: 'completed' }>;

function isSameOutput(one: Completed, other: Completed): boolean {
  if (one.short !== undefined || other.short !== undefined) return outputDigest(one) === outputDigest(other);
  return canonicalJson({ ...one }) === canonicalJson({ ...other });
}

export function isSameEnd(one: RunResult, other: RunResult): boolean {
  if (one.state !== other.state || one.error?.code !== other.error?.code) return false;
  return canonicalJson(one.output ?? null) === canonicalJson(other.output ?? null);
}
