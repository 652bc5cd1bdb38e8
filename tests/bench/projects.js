// Plans and runs to measure with, made by the binary itself.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { folder, node, portia } from './measure.js';

const PLAN_HEAD = { plan_context: { query: 'bench', tool_ids: [] } };

export const compute = (expression, output) => ({ kind: 'compute', expression, output });

/** A loop that adds, over the numbers up to `count`. */
export const loop = (count, steps = [compute('$n + 1', '$sum')]) => [
  compute(`[1..${count}]`, '$list'),
  { kind: 'for_each', over: '$list', as: 'n', steps },
];

export function writePlan(name, steps) {
  writeFileSync(join(folder, name), JSON.stringify({ ...PLAN_HEAD, steps }));
}

export function runPlan(steps, ...flags) {
  writePlan('plan.json', steps);
  return JSON.parse(node(portia('run-plan', 'plan.json', '--json', '-q', ...flags)).stdout);
}

/** A finished run whose file has about 20 kB. */
export function makeRunOf20kB() {
  return runPlan(Array.from({ length: 18 }, (_, index) => compute(`"${'x'.repeat(380)}"`, `$text_${index}`))).id;
}

export function eventsOf(id) {
  const log = readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8');
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Sorted keys and no spaces, as the digest of a run's file is made of. */
function canonical(value) {
  return JSON.stringify(value, (_key, item) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  );
}

/** The run's file under another id, whole by its digest. */
function renamed(text, id, copy) {
  const run = JSON.parse(text.replaceAll(id, copy));
  const { digest: _digest, ...metadata } = run.metadata;
  const digest = createHash('sha256')
    .update(canonical({ ...run, metadata }))
    .digest('hex');
  return `${JSON.stringify({ ...run, metadata: { ...metadata, digest } }, null, 2)}\n`;
}

/** Copies of a run under ids that sort by time, until the project has that many. */
export function makeManyRuns(id, count) {
  const text = readFileSync(join(folder, 'runs', `${id}.json`), 'utf8');
  const runs = readdirSync(join(folder, 'runs')).filter((name) => name.endsWith('.json'));
  for (let index = runs.length; index < count; index += 1) {
    const digits = (0x019a00000000 + index).toString(16).padStart(12, '0');
    const copy = `prun-${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
    writeFileSync(join(folder, 'runs', `${copy}.json`), renamed(text, id, copy));
  }
}
