import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ToolContext } from 'portia';

// These tools stand in for services that are not here. What they would do goes to acted.log, one line a call.

/** Writes down a call. Gives `result`. */
export function act<Result>({ environment, idempotencyKey }: ToolContext, call: object, result: Result): Result {
  const line = JSON.stringify({ ...call, key: idempotencyKey, result });
  appendFileSync(join(environment.projectRoot, 'acted.log'), `${line}\n`);
  return result;
}
