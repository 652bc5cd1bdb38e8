import { canonicalJson, type JsonObject } from '../values/json.js';
import type { AskedDigests, AskedPart } from '../run/asked-parts.js';
import type { HookName } from '../values/hook-names.js';
import type { RecordedCall, RecordedHook, RecordedModel, RecordedTool } from './recorded-call.js';

/** What is asked of a model now. */
export interface AskedModel {
  at: string;
  model: string;
  asked: AskedDigests;
  /** 64 hex digits. */
  wording: string;
}

/** What is asked of a tool now. */
export interface AskedTool {
  at: string;
  tool: string;
  args: JsonObject;
}

/** What differs of a call that is taken all the same. */
export type Note = 'moved' | 'wording' | 'model';

/**
 * `differs`: the same place was asked something else. `used`: what fits was given already. `ended`: the recording stops
 * in this very call. `unknown`: nothing like it is recorded; `nearest` is the most similar one.
 */
export type Found<Call> =
  | { kind: 'given'; call: Call; notes: Note[] }
  | { kind: 'differs'; call: Call; parts: string[] }
  | { kind: 'used'; call: Call }
  | { kind: 'ended'; call: Call }
  | { kind: 'unknown'; nearest?: Call | undefined };

/** The calls of a recording, each of which is given once. */
export class Shelf {
  readonly calls: readonly RecordedCall[];
  readonly #byPlace = new Map<string, RecordedCall[]>();
  readonly #byContent = new Map<string, RecordedCall[]>();
  readonly #used = new Set<RecordedCall>();
  readonly #ignored: (call: AskedTool) => JsonObject;

  /** `ignore` takes parts out of the arguments of calls before they are compared. */
  constructor(calls: readonly RecordedCall[], ignore: (call: AskedTool) => JsonObject = ({ args }) => args) {
    this.calls = calls;
    this.#ignored = ignore;
    for (const call of calls) {
      push(this.#byPlace, call.at, call);
      const content = this.#contentOf(call);
      if (content !== undefined) push(this.#byContent, content, call);
    }
  }

  takeModel(asked: AskedModel): Found<RecordedModel> {
    const [first, ...later] = this.#left(asked.at, isModel);
    const call = first?.end === undefined ? (later[0] ?? first) : first;
    if (call === undefined) return this.#elsewhere(contentOfModel(asked), { isKind: isModel, near: asked });
    const parts = differingParts(call, asked);
    if (parts.length > 0) return { kind: 'differs', call, parts };
    this.#use(first, call);
    if (call.end === undefined) return { kind: 'ended', call };
    const isReworded = !asked.wording.startsWith(call.wording) && call.asked !== undefined;
    const notes: Note[] = [
      ...(isReworded ? ['wording' as const] : []),
      ...(call.model === asked.model ? [] : ['model' as const]),
    ];
    return { kind: 'given', call, notes };
  }

  takeTool(asked: AskedTool): Found<RecordedTool> {
    const [first, ...later] = this.#left(asked.at, isTool);
    // What only reads was asked again after a crash.
    const call = first?.end === undefined && first?.effect !== 'once' ? (later[0] ?? first) : first;
    if (call === undefined) return this.#elsewhere(this.#contentOfTool(asked), { isKind: isTool, near: asked });
    const parts = this.#differingArguments(call, asked);
    if (parts.length > 0) return { kind: 'differs', call, parts };
    this.#use(first, call);
    if (call.end === undefined && this.#left(asked.at, isTool).length === 0 && !this.#isAskedAbout(call))
      return { kind: 'ended', call };
    return { kind: 'given', call, notes: [] };
  }

  /** Undefined where the hook was not called there. */
  takeHook({ at, hook }: { at: string; hook: HookName }): RecordedHook | undefined {
    const isSame = (call: RecordedCall): call is RecordedHook => call.kind === 'hook' && call.hook === hook;
    const [call] = this.#left(at, isSame);
    const found = call ?? this.#sameQuestion(at, isSame);
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  /** Until when a wait was; undefined for one that is not recorded. */
  untilOf(at: string): string | undefined {
    return this.#byPlace.get(at)?.find((call) => call.kind === 'wait')?.until;
  }

  /** Calls of models and tools that nobody asked for; those without an end were perhaps asked again. */
  unused(): (RecordedModel | RecordedTool)[] {
    return this.calls.filter(
      (call): call is RecordedModel | RecordedTool =>
        (call.kind === 'model' || call.kind === 'tool') && call.end !== undefined && !this.#used.has(call),
    );
  }

  #left<Call extends RecordedCall>(at: string, isKind: (call: RecordedCall) => call is Call): Call[] {
    return (this.#byPlace.get(at) ?? []).filter(isKind).filter((call) => !this.#used.has(call));
  }

  #use(first: RecordedCall | undefined, call: RecordedCall): void {
    if (first !== undefined) this.#used.add(first);
    this.#used.add(call);
  }

  #isAskedAbout({ at }: RecordedTool): boolean {
    return this.calls.some((call) => call.kind === 'question' && call.at.startsWith(`${at}:outcome:`));
  }

  #elsewhere<Call extends RecordedCall>(
    content: string,
    { isKind, near }: { isKind: (call: RecordedCall) => call is Call; near: AskedModel | AskedTool },
  ): Found<Call> {
    const same = (this.#byContent.get(content) ?? []).filter(isKind);
    const call = same.find((each) => !this.#used.has(each));
    if (call !== undefined) {
      this.#used.add(call);
      return { kind: 'given', call, notes: ['moved'] };
    }
    const [used] = same;
    return used === undefined
      ? { kind: 'unknown', nearest: this.#nearest(isKind, near) }
      : { kind: 'used', call: used };
  }

  /** The one with most in common; of several the one whose place is nearest. */
  #nearest<Call extends RecordedCall>(
    isKind: (call: RecordedCall) => call is Call,
    near: AskedModel | AskedTool,
  ): Call | undefined {
    let best: { call: Call; score: number } | undefined;
    for (const call of this.calls.filter(isKind)) {
      const score = this.#likeness(call, near);
      if (score > (best?.score ?? 0)) best = { call, score };
    }
    return best?.call;
  }

  #likeness(call: RecordedCall, near: AskedModel | AskedTool): number {
    if (call.kind === 'model' && 'asked' in near) {
      const parts = Object.keys(near.asked).length;
      return 1 + parts - differingParts(call, near).length + commonLength(call.at, near.at) / 1_000;
    }
    if (call.kind === 'tool' && 'args' in near && call.tool === near.tool) {
      const keys = Object.keys(near.args).length;
      return 1 + keys - this.#differingArguments(call, near).length + commonLength(call.at, near.at) / 1_000;
    }
    return 0;
  }

  /** The ids of questions differ from run to run. */
  #sameQuestion<Call extends RecordedCall>(at: string, isSame: (call: RecordedCall) => call is Call): Call | undefined {
    const [step, id] = at.split('/question/', 2);
    if (id === undefined) return undefined;
    const asked = this.calls.filter(isSame).filter((call) => call.at.startsWith(`${step}/question/`));
    return asked.find((call) => !this.#used.has(call));
  }

  #differingArguments(call: RecordedTool, asked: AskedTool): string[] {
    if (call.tool !== asked.tool) return ['tool'];
    const before = this.#ignored({ ...call });
    const now = this.#ignored(asked);
    const names = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...names].filter((name) => canonicalJson(before[name] ?? null) !== canonicalJson(now[name] ?? null));
  }

  #contentOf(call: RecordedCall): string | undefined {
    if (call.kind === 'tool') return this.#contentOfTool(call);
    if (call.kind !== 'model') return undefined;
    return call.asked === undefined ? `words ${call.wording}` : contentOfModel({ asked: call.asked });
  }

  #contentOfTool(call: AskedTool): string {
    return `tool ${call.tool} ${canonicalJson(this.#ignored(call))}`;
  }
}

function contentOfModel({ asked }: Pick<AskedModel, 'asked'>): string {
  return `model ${canonicalJson(asked)}`;
}

/** Which parts of a request are not as they were recorded. Older logs only know whether the whole is the same. */
export function differingParts(call: Pick<RecordedModel, 'asked' | 'wording'>, now: AskedModel): string[] {
  const { asked: before } = call;
  if (before === undefined) return now.wording.startsWith(call.wording) ? [] : ['request'];
  const names = new Set([...Object.keys(before), ...Object.keys(now.asked)]) as Set<AskedPart>;
  return [...names].filter((part) => before[part] !== now.asked[part]);
}

const isModel = (call: RecordedCall): call is RecordedModel => call.kind === 'model';
const isTool = (call: RecordedCall): call is RecordedTool => call.kind === 'tool';

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
