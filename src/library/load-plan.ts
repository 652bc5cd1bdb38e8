import { resolve } from 'node:path';

import { planOfDocument } from '../app/plans/plan-document.js';
import { readDocumentText } from '../documents/parse-document.js';
import { readTextFile } from '../documents/read-text-file.js';
import { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import { MAX_FILE_BYTES, MAX_RECORD_DEPTH } from '../storage/read-file.js';
import type { PlanSource } from './portia-options.js';

/** The plan in a file or a text, as JSON or YAML. Rejects with `not-found`, `unreadable` or `invalid-plan`. */
export async function readPlanSource(
  source: PlanSource,
  { dir, createdAt }: { dir: string; createdAt: string },
): Promise<Plan> {
  const name = typeof source === 'string' ? source : 'The plan';
  const text = typeof source === 'string' ? readFile(resolve(dir, source), name) : source.text;
  const document = await readDocumentText(text, {
    name,
    maxDepth: MAX_RECORD_DEPTH,
    ifEmpty: 'Give a plan as YAML or JSON.',
  });
  return (await planOfDocument({ name, ...document }, createdAt)).plan;
}

function readFile(path: string, name: string): string {
  const file = readTextFile(path, MAX_FILE_BYTES);
  if (file.kind === 'text') return file.text;
  if (file.kind === 'unusable')
    throw new PortiaError('unreadable', `${name} cannot be read.`, { why: `It ${file.why}.` });
  throw new PortiaError('not-found', `There is no file ${name}.`, {
    fix: "Give its path, relative to the project's folder, or the text itself: readPlan({ text })",
  });
}
