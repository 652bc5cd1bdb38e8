import { bareName } from '../values/names.js';
import { asText, canonicalJson, escapePointer, isJsonObject, type Json } from '../values/json.js';
import type { Observed, ToolCallMade } from './observed.js';
import type { Expectation, ExpectedCall } from './test-file-schema.js';

/** Something that came out otherwise than expected. */
export interface Unmet {
  /** What it is about: `outputs.$total`. */
  about: string;
  /** Where the expectation is in its case: `/expect/outputs/$total`. */
  pointer: string;
  expected: Json;
  /** Absent where there is nothing. */
  got?: Json;
  /** What else helps, as a sentence. */
  note?: string;
}

/** Gives whether a tool id is meant by an id or a glob. */
export type IsTool = (glob: string, toolId: string) => boolean;

/** Everything that is not as expected, in the order of the keys of an expectation. */
export function judge(expected: Expectation, observed: Observed, isTool: IsTool): Unmet[] {
  const { state, exit_code: exitCode, skipped, asks, error } = expected;
  return [
    ...same('state', { expected: state, got: observed.state }),
    ...same('exit_code', { expected: exitCode, got: observed.exitCode }),
    ...outputs(expected, observed),
    ...that(expected, observed),
    ...calls(expected, observed, isTool),
    ...never(expected, observed, isTool),
    ...skips(skipped?.map(String), observed),
    ...same('asks', { expected: asks, got: [...observed.asks] }),
    ...(error === undefined ? [] : errors(error, observed)),
    ...files(expected, observed),
    ...limits(expected, observed),
  ].map((unmet) => (unmet.about === 'state' ? withWhy(unmet, observed) : unmet));
}

function withWhy(unmet: Unmet, { error }: Observed): Unmet {
  return error === undefined ? unmet : { ...unmet, note: error.message };
}

interface Compared {
  expected: Json | undefined;
  got: Json | undefined;
  /** Default: that of what it is about. */
  pointer?: string;
}

function same(about: string, { expected, got, pointer = pointerOf(about) }: Compared): Unmet[] {
  if (expected === undefined || (got !== undefined && canonicalJson(expected) === canonicalJson(got))) return [];
  return [{ about, pointer, expected, ...(got !== undefined && { got }) }];
}

function skips(expected: readonly string[] | undefined, { skipped }: Observed): Unmet[] {
  if (expected === undefined) return [];
  return same('skipped', { expected: expected.toSorted(), got: relevant(skipped, expected) });
}

/** A step that is skipped skips those inside it: these are only compared where somebody names them. */
function relevant(skipped: readonly string[], named: readonly string[]): string[] {
  const isInside = (path: string) => skipped.some((outer) => path.startsWith(`${outer}.`));
  return skipped.filter((path) => named.includes(path) || !isInside(path)).toSorted();
}

function outputs({ outputs: expected = {} }: Expectation, observed: Observed): Unmet[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const got = observed.outputs.get(bareName(name));
    const [unmet] = same(`outputs.${name}`, { expected: value, got });
    if (unmet === undefined) return [];
    if (got !== undefined) return [unmet];
    const known = [...observed.outputs.keys()].map((each) => `$${each}`).join(', ');
    return [{ ...unmet, note: known === '' ? 'The run left no outputs.' : `Outputs of the run: ${known}.` }];
  });
}

function pointerOf(about: string): string {
  return `/expect/${about.replaceAll('.', '/')}`;
}

function that({ that: expected = [] }: Expectation, observed: Observed): Unmet[] {
  return expected.flatMap((source, index) => {
    const told = observed.that.get(source);
    const unmet = { about: `that ${source}`, pointer: `/expect/that/${index}`, expected: true };
    if (told === undefined) return [unmet];
    if ('problem' in told) return [{ ...unmet, note: told.problem }];
    return told.value === true ? [] : [{ ...unmet, got: told.value }];
  });
}

function calls({ calls: expected }: Expectation, observed: Observed, isTool: IsTool): Unmet[] {
  if (expected === undefined) return [];
  const { order = 'same', list } = expected;
  const isMet = ORDERS[order](list, [...observed.calls], (one, made) => isCall(one, made, isTool));
  if (isMet) return [];
  const got = observed.calls.map(({ step, tool, args }) => ({ step, tool, args }));
  const short = list.every((one) => typeof one === 'string') ? got.map(({ tool }) => tool) : got;
  return [{ about: `calls (order: ${order})`, pointer: '/expect/calls', expected: list as Json, got: short }];
}

type Compare = (one: ExpectedCall, made: ToolCallMade) => boolean;
type Order = (list: readonly ExpectedCall[], made: ToolCallMade[], compare: Compare) => boolean;

const ORDERS: Record<'same' | 'any' | 'within', Order> = {
  same: (list, made, isSame) =>
    list.length === made.length && list.every((one, index) => made[index] !== undefined && isSame(one, made[index])),
  any(list, made, isSame) {
    if (list.length !== made.length) return false;
    const left = [...made];
    // The narrowest first, so that a bare id does not take the call that only another one fits.
    for (const one of list.toSorted((a, b) => width(b) - width(a))) {
      const index = left.findIndex((each) => isSame(one, each));
      if (index === -1) return false;
      left.splice(index, 1);
    }
    return true;
  },
  within(list, made, isSame) {
    let next = 0;
    for (const each of made) {
      const one = list[next];
      if (one !== undefined && isSame(one, each)) next += 1;
    }
    return next === list.length;
  },
};

function width(one: ExpectedCall): number {
  return typeof one === 'string' ? 0 : 1 + Object.keys(one.args ?? {}).length + (one.step === undefined ? 0 : 1);
}

function isCall(one: ExpectedCall, made: ToolCallMade, isTool: IsTool): boolean {
  if (typeof one === 'string') return isTool(one, made.tool);
  if (!isTool(one.tool, made.tool)) return false;
  if (one.step !== undefined && String(one.step) !== made.step) return false;
  return one.args === undefined || holds(made.args, one.args);
}

/** Whether all members of an object are there; others may be there, too. */
function holds(whole: Json | undefined, part: Json): boolean {
  if (!isJsonObject(whole) || !isJsonObject(part)) {
    return whole !== undefined && canonicalJson(whole) === canonicalJson(part);
  }
  return Object.entries(part).every(([key, value]) => holds(Object.hasOwn(whole, key) ? whole[key] : undefined, value));
}

function never({ never: expected = [] }: Expectation, observed: Observed, isTool: IsTool): Unmet[] {
  return expected.flatMap((glob, index) => {
    const made = observed.calls.filter(({ tool }) => isTool(glob, tool));
    if (made.length === 0) return [];
    const got = made.map(({ step, tool, args }) => ({ step, tool, args }));
    return [{ about: `never ${glob}`, pointer: `/expect/never/${index}`, expected: [], got }];
  });
}

function errors({ step, code, message }: NonNullable<Expectation['error']>, { error }: Observed): Unmet[] {
  const said = message !== undefined && error?.message.includes(message) !== true;
  return [
    ...same('error.step', { expected: step === undefined ? undefined : String(step), got: error?.step ?? undefined }),
    ...same('error.code', { expected: code, got: error?.code }),
    ...(said ? same('error.message', { expected: message, got: error?.message }) : []),
  ].map((unmet) => (error === undefined ? { ...unmet, note: 'Nothing failed.' } : { ...unmet, note: error.message }));
}

function files({ files: expected = {} }: Expectation, observed: Observed): Unmet[] {
  return Object.entries(expected).flatMap(([name, content]) =>
    same(`files ${name}`, {
      expected: content,
      got: observed.contentOf(name) ?? null,
      pointer: `/expect/files/${escapePointer(name)}`,
    }),
  );
}

function limits({ at_most: most = {}, at_least: least = {} }: Expectation, { usage, calls: made }: Observed): Unmet[] {
  const got = {
    model_calls: usage.calls,
    tool_calls: made.length,
    tokens: usage.input_tokens + usage.output_tokens,
  };
  const beyond = (about: string, limit: object, isMet: (number: number, limit: number) => boolean) =>
    Object.entries(limit).flatMap(([name, number]: [string, number | undefined]): Unmet[] => {
      const counted = got[name as keyof typeof got];
      if (number === undefined || isMet(counted, number)) return [];
      return [{ about: `${about}.${name}`, pointer: `/expect/${about}/${name}`, expected: number, got: counted }];
    });
  return [
    ...beyond('at_most', most, (number, limit) => number <= limit),
    ...beyond('at_least', least, (number, limit) => number >= limit),
  ];
}

/** In one line, for reports. */
export function unmetText({ about, expected, got, note }: Unmet): string {
  const has = got === undefined ? 'nothing' : asText(got);
  return [`${about}: expected ${asText(expected)}, got ${has}.`, note].filter(Boolean).join(' ');
}
