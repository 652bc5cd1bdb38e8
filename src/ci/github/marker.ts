import { z } from 'zod';

import { parseJson } from '../../documents/parse-json.js';
import type { Signature, Signing } from '../../domain/run/signatures.js';
import { digestText } from '../../domain/values/digest.js';

/** What a comment stands for. It is hidden in the comment, and signed with all that the comment shows. */
export interface Marker {
  repository: string;
  /** Number of the pull request. */
  pull: number;
  /** SHA of the commit that the plan was read in. */
  commit: string;
  /** SHA-256 of what the plan says; undefined when there is none that can be run. */
  plan?: string | undefined;
  stage: Stage;
  /** Id of the newest comment that was looked at: what those after it say is still to be done. */
  handled: number;
  /** What was shown, each with the id of the newest comment at that moment: what was written before is not about it. */
  shown: { plan: number; questions: Record<string, number> };
  /** The plan or the run, as a file; undefined before there is one. */
  state?: StateFile | undefined;
}

/**
 * `planned`: nothing was run. `running`: a workflow works on it. `waiting`: a person is asked. `stopped`: it can be
 * resumed. `ended`: it cannot.
 */
export const STAGES = ['planned', 'running', 'waiting', 'stopped', 'ended'] as const;
export type Stage = (typeof STAGES)[number];

export interface StateFile {
  /** SHA-256 of its bytes. */
  digest: string;
  /** Id of the workflow run whose artifact has it. */
  workflowRun: string;
}

const HEX = /^[0-9a-f]{64}$/;
const markerSchema = z.strictObject({
  repository: z.string(),
  pull: z.number(),
  commit: z.string(),
  plan: z.string().regex(HEX).optional(),
  stage: z.enum(STAGES),
  handled: z.number(),
  shown: z.strictObject({ plan: z.number(), questions: z.record(z.string(), z.number()) }),
  state: z.strictObject({ digest: z.string().regex(HEX), workflowRun: z.string().regex(/^\d+$/) }).optional(),
  text: z.string().regex(HEX),
});

const LINE = /\n<!-- portia:ci:2 ([\w-]+) ([0-9a-f]{64}) ([\w-]+) -->$/;

/** Whether portia wrote the comment to be kept up to date, whoever changed it since. */
export function hasMarker(body: string): boolean {
  return body.includes('\n<!-- portia:ci:2 ');
}

/** The whole text of a comment: what it shows, and the marker as its last line. */
export function withMarker(shown: string, marker: Marker, sign: (text: string) => Signature): string {
  const text = shown.trimEnd();
  const payload = Buffer.from(JSON.stringify({ ...marker, text: digestText(text) })).toString('base64url');
  const { key, value } = sign(signedText(payload));
  return `${text}\n<!-- portia:ci:2 ${payload} ${key} ${Buffer.from(value, 'base64').toString('base64url')} -->`;
}

/** What the comment stands for; undefined when it was changed, or nobody whose signature counts here signed it. */
export function readMarker(body: string, judge: Signing['judge']): Marker | undefined {
  const text = body.replaceAll('\r\n', '\n').trimEnd();
  const [line = '', payload = '', key = '', value = ''] = LINE.exec(text) ?? [];
  if (line === '') return undefined;
  const signature = { key, value: Buffer.from(value, 'base64url').toString('base64') };
  const { kind } = judge(signedText(payload), signature);
  if (kind !== 'own' && kind !== 'named') return undefined;
  const parsed = parseJson(Buffer.from(payload, 'base64url').toString());
  const read = markerSchema.safeParse(parsed.ok ? parsed.value : undefined);
  if (!read.success) return undefined;
  const { text: digest, ...marker } = read.data;
  return digest === digestText(shownIn(text)) ? marker : undefined;
}

/** What a comment shows: all but its marker. */
export function shownIn(body: string): string {
  return body.replaceAll('\r\n', '\n').trimEnd().replace(LINE, '').trimEnd();
}

/** No signature of anything else can be taken for one of a comment. */
function signedText(payload: string): string {
  return `portia ci comment\n${payload}`;
}
