import type { JsonObject } from '../../domain/values/json.js';
import { guards, namedOutput, type Draft } from '../draft.js';
import type { Common } from '../step-options.js';
import { compact } from '../step-writer.js';
import { asking, type Asking } from './asking.js';

export interface UserVerifyOptions<Output extends string, Name extends string> extends Common<Name>, Asking {
  message: string;
  /** The name of the answer. Default: none. */
  output?: Output | undefined;
  /** What a no does: `end` ends the run (default), with `continue` it is the value false. */
  onNo?: 'end' | 'continue' | undefined;
}

export function userVerify(options: UserVerifyOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'user_verify',
    name: options.stepName,
    message: options.message,
    output: namedOutput(options, draft),
    on_no: options.onNo,
    ...asking(options, draft),
    ...guards(options, draft),
  });
}
