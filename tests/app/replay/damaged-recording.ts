import * as fc from 'fast-check';
import { expect } from 'vitest';

import { readRecording } from '../../../src/app/replay/recording-file.js';
import { recordingLines } from '../../../src/domain/recording/recording-lines.js';
import type { Recording } from '../../../src/domain/recording/recording.js';
import { Bench, planOf } from '../../executor/bench.js';
import { scriptedModel } from '../../executor/scripted-model.js';
import { scriptedTool } from '../../executor/scripted-tool.js';
import { outcomeOf } from '../../storage/examples.js';
import { recordingOf } from './played-runs.js';

/** Characters that programs take for ends of lines, and that stand for bytes that are none of UTF-8. */
const TEXT = 'größer\u2028✓\u2029\uFFFD';

/** The bytes of a recording with each kind of what comes from outside. */
export async function recordedBytes(): Promise<Buffer> {
  const load = scriptedTool('load', { acts: () => TEXT });
  const send = scriptedTool('send', { effect: 'once', acts: () => 'sent' });
  const model = scriptedModel([{ text: 'alike' }]);
  const bench = new Bench({ tools: [load, send], model, policy: { send: 'ask' } });
  const steps = [
    { kind: 'tool', tool_id: 'load', args: { text: 'orders' }, output: '$orders' },
    { kind: 'llm', task: 'Compare them.', inputs: [{ name: '$orders' }], output: '$said' },
    { kind: 'tool', tool_id: 'send', args: { text: '{{ $said }}' }, output: '$sent' },
  ];
  const asks = await bench.start(planOf(steps));
  const run = await bench.resume(asks.id, { verify: true });
  expect(run.state).toBe('COMPLETE');
  const lines = recordingLines(await recordingOf(bench, run), { version: '0.0.0', hasRequests: true });
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

export async function read(bytes: Uint8Array): Promise<Recording> {
  return readRecording(asStream(bytes), 'run.ndjson');
}

async function* asStream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Expects that a file is refused, with why and what to do; `about` names it if it is not. */
export async function expectRefused(bytes: Uint8Array, about: object): Promise<void> {
  const error = await outcomeOf(() => read(bytes));
  expect({ ...about, code: error?.code, why: error?.details.why, fix: error?.fix }).toEqual({
    ...about,
    code: expect.stringMatching(/^(?:unreadable|newer-version)$/) as string,
    why: expect.any(String) as string,
    fix: expect.any(String) as string,
  });
}

type Damage = (bytes: Buffer) => Buffer;

/** Places are parts of the whole, so that they fit any file. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const some = fc.uint8Array({ minLength: 1, maxLength: 8 });
const between = (bytes: Buffer, one: number, other: number): [number, number] => {
  const ends = [one, other].map((part) => Math.floor(part * bytes.length));
  return [Math.min(...ends), Math.max(...ends) + 1];
};

const bytesReplaced: fc.Arbitrary<Damage> = fc.tuple(place, some).map(([at, by]) => (bytes) => {
  const start = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(start + by.length)]);
});
const bytesAdded: fc.Arbitrary<Damage> = fc.tuple(place, some).map(([at, added]) => (bytes) => {
  const start = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start)]);
});
const bytesLost: fc.Arbitrary<Damage> = fc.tuple(place, place).map(([one, other]) => (bytes) => {
  const [start, end] = between(bytes, one, other);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
});
const bytesTwice: fc.Arbitrary<Damage> = fc.tuple(place, place).map(([one, other]) => (bytes) => {
  const [, end] = between(bytes, one, other);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(between(bytes, one, other)[0])]);
});
const linesMoved: fc.Arbitrary<Damage> = fc.tuple(place, place).map(([one, other]) => (bytes) => {
  const lines = linesIn(bytes);
  const [from, to] = [one, other].map((part) => Math.floor(part * lines.length));
  const [line] = lines.splice(from ?? 0, 1);
  return Buffer.concat(lines.toSpliced(to ?? 0, 0, ...(line ? [line] : [])));
});

/** With their ends; the last one may have none. */
function linesIn(bytes: Buffer): Buffer[] {
  const lines = bytes.toString('latin1').split(/(?<=\n)/);
  return lines.map((line) => Buffer.from(line, 'latin1'));
}

/** Expects that a recording is refused after each of so many random damages, up to three at once. */
export async function expectDamageRefused(numRuns: number): Promise<void> {
  const whole = await recordedBytes();
  const damage = fc.oneof(bytesReplaced, bytesAdded, bytesLost, bytesTwice, linesMoved);
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      let bytes = whole;
      for (const change of damages) bytes = change(bytes);
      // Other ends of lines are no damage.
      fc.pre(bytes.toString('latin1').replaceAll('\r\n', '\n') !== whole.toString('latin1'));
      await expectRefused(bytes, {});
    }),
    { numRuns },
  );
}
