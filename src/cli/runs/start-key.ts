import { advice, portia } from '../../domain/next-step.js';
import { digestText } from '../../domain/values/digest.js';
import { PortiaError } from '../../domain/errors.js';
import type { RunId } from '../../domain/values/ids.js';
import { canonicalJson, type Json } from '../../domain/values/json.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isStored, type Output, type Run } from '../../domain/run/run.js';
import type { KeyOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

const LONGEST = 1_000;

/** The key of this start; undefined when it has none. */
export function startKey({ options: { key } }: Session<KeyOptions>): string | undefined {
  if (key === undefined) return undefined;
  if (key.trim() !== '' && key.length <= LONGEST) return key;
  throw new PortiaError('usage', `--key is ${key.trim() === '' ? 'empty' : `longer than ${LONGEST} characters`}.`, {
    why: 'It names this start: the same key gives back the run that it started.',
    fix: '--key nightly-2024-05-06',
  });
}

/** The run that a start with this key made; undefined when none has begun. */
export async function runOfKey({ services: { store } }: Session, id: RunId | undefined): Promise<Run | undefined> {
  if (id === undefined || !(await hasBegun(id))) return undefined;
  return (await store.readRun(id))?.run;

  /** A start that was killed before its first event has left nothing to resume. */
  async function hasBegun(run: RunId): Promise<boolean> {
    try {
      return (await store.readEvents(run)).length > 0;
    } catch (error) {
      if (error instanceof PortiaError && error.code === 'not-found') return false;
      throw error;
    }
  }
}

/** The same key for something else is a mistake: the existing run must not be taken for it. */
export function refuseOtherStart(
  session: Session,
  run: Run,
  wanted: { plan: Plan; request?: { asked: string; before: string | undefined }; inputs: Record<string, Json> },
): void {
  const { plan, request, inputs } = wanted;
  // A model may plan the same request in another way.
  const isSame = request === undefined ? planDigest(plan) === run.plan_digest : request.asked === request.before;
  if (!isSame) throw otherStart(run, 'it was started with another plan or request');
  const names = new Set([...Object.keys(inputs), ...Object.keys(run.plan_run_inputs)]);
  const { json: redact } = session.services.redactor();
  const changed = [...names].filter((name) => !isSameInput(inputs[name], run.plan_run_inputs[name], redact));
  if (changed.length > 0) throw otherStart(run, `it was started with other inputs: ${changed.join(', ')}`);
}

function isSameInput(given: Json | undefined, recorded: Output | undefined, redact: (value: Json) => Json): boolean {
  if (given === undefined || recorded === undefined) return given === recorded;
  // A secret is not kept, so it cannot be compared.
  if ('secret' in recorded && recorded.secret !== undefined) return true;
  const redacted = redact(given);
  if (isStored(recorded)) return recorded.digest === digestText(JSON.stringify(redacted));
  return canonicalJson(recorded.value) === canonicalJson(redacted);
}

function otherStart(run: Run, why: string): PortiaError {
  return new PortiaError('usage', `The key belongs to ${run.id}, and ${why}.`, {
    why: 'A key stands for one start: with the same plan and inputs it gives back its run.',
    fix: advice`Give another --key, or look at the run: ${portia('show', run.id)}`,
  });
}

/** A key stands for one run, and a batch makes many. */
export function refuseKeyOfBatch({ options }: Session<KeyOptions>): void {
  if (options.key === undefined) return;
  throw new PortiaError('usage', '--key cannot be given with --batch.', {
    why: 'A key stands for one run, and each line of a batch is one.',
    fix: advice`Leave --key out, or start the lines one by one: ${portia('run-plan', 'PLAN', '-i', 'NAME=VALUE', '--key', 'KEY')}`,
  });
}
