import type { Recorded } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { cutText } from '../domain/values/cut-text.js';
import { imagesIn } from '../domain/values/images.js';
import type { Json } from '../domain/values/json.js';
import { beginningOfJson } from '../domain/values/json-pieces.js';
import type { Output } from '../domain/run/run.js';

/** What the run has in place of a value that is kept beside it. */
export function referenceTo(
  value: Json,
  stored: { name: string; runId: RunId; memory: Extract<Recorded, { memory: unknown }>['memory'] },
): Output {
  return { output_name: stored.name, plan_run_id: stored.runId, summary: preview(value), ...stored.memory };
}

function preview(value: Json): string {
  const { shown } = imagesIn(value);
  const text = typeof shown === 'string' ? shown : beginningOfJson(shown, 301);
  return cutText(text, 300);
}
