import { join } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import { digestValue, measureJson, type Measured } from '../domain/values/digest.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { isFinal, isStored, type Output, type Run } from '../domain/run/run.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { MAX_VALUE_BYTES } from '../domain/run/value-too-large.js';
import type { FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import type { RunLog } from './store.js';

/** The value itself of each output that the Python SDK keeps beside its run, by the output's name. */
export type ImportedValues = ReadonlyMap<string, Json>;

/**
 * What the Python SDK keeps in `<run>/<name>.json`. Throws `unreadable` when the value of an output that later steps may
 * need is not there: its summary must not stand for it.
 */
export function readImportedValues(run: Run, folder: string, fs: FileSystem): ImportedValues {
  const values = findImportedValues(run, folder, fs);
  const lost = storedNames(run).find((name) => !values.has(name));
  if (lost !== undefined && !isFinal(run)) throw missing(run, { name: lost, file: join(folder, `${lost}.json`) });
  return values;
}

function findImportedValues(run: Run, folder: string, fs: FileSystem): ImportedValues {
  const values = new Map<string, Json>();
  const wanted = storedNames(run);
  if (wanted.length === 0) return values;
  // No name out of a file becomes a part of a path: it is looked up in what is there.
  const names = new Set(listFolder(folder, fs));
  for (const name of wanted) {
    const value = names.has(`${name}.json`) ? readValue(join(folder, `${name}.json`), fs) : undefined;
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function storedNames(run: Run): string[] {
  return Object.values(run.outputs.step_outputs).flatMap((output) => (isStored(output) ? [output.output_name] : []));
}

function readValue(path: string, fs: FileSystem): Json | undefined {
  const file = readBytes(path, fs, { limit: MAX_VALUE_BYTES, followsLinks: false });
  const stored = file === undefined ? undefined : parseJsonOrThrow(file.bytes, path);
  return isJsonObject(stored) ? stored['value'] : undefined;
}

/** The run of another tool with the digests of the values that lie beside it, by which they are found again. */
export async function withDigestsOfImported(run: Run, folder: string, fs: FileSystem): Promise<Run> {
  return withImportedValues(run, findImportedValues(run, folder, fs), async (value) => measureJson(value));
}

/** The value beside a run of another tool that has this digest. */
export function importedValueOf(folder: string, digest: string, fs: FileSystem): Json | undefined {
  const names = listFolder(folder, fs).filter((name) => name.endsWith('.json'));
  for (const name of names) {
    const value = readValue(join(folder, name), fs);
    if (value !== undefined && measureJson(value).digest === digest) return value;
  }
  return undefined;
}

function missing(run: Run, { name, file }: { name: string; file: string }): PortiaError {
  return new PortiaError('unreadable', `The value of ${name} is not here.`, {
    why: `${run.id} comes from another tool and holds only a summary of it.`,
    fix: `Copy the value's file ${name}.json of that tool's storage to ${shellQuote(file)}, then resume again.`,
    runId: run.id,
  });
}

/** Begins the log of a run with what another tool recorded of it: `document` as its file says it, `run` as it is read. */
export async function recordImport(
  log: RunLog,
  imported: { run: Run; values: ImportedValues; document: unknown },
): Promise<RunEvent> {
  const { run, values, document } = imported;
  const snapshot = await withImportedValues(run, values, (value) => log.storeMemory(value));
  return log.append({ type: 'run.imported', snapshot, digest: digestValue(document) });
}

/** The run with its outputs as our own runs have them: `store` keeps a value beside the log. */
async function withImportedValues(
  run: Run,
  values: ImportedValues,
  store: (value: Json) => Promise<Measured>,
): Promise<Run> {
  if (values.size === 0) return run;
  const outputs: Record<string, Output> = {};
  for (const [name, output] of Object.entries(run.outputs.step_outputs)) {
    const value = isStored(output) ? values.get(output.output_name) : undefined;
    outputs[name] = value === undefined ? output : { ...output, ...(await store(value)) };
  }
  const steps = run.steps.map((step) => {
    const own = step.output_name === undefined ? undefined : outputs[step.output_name];
    return own === undefined ? step : { ...step, output: own };
  });
  return { ...run, outputs: { ...run.outputs, step_outputs: outputs }, steps };
}
