import * as z from 'zod';

import { VARIABLE_NAME } from '../../domain/environment.js';
import type { Problem } from '../../domain/errors.js';
import { isHttpAddress } from '../../domain/values/http-address.js';
import { HEADER_NAME } from '../../domain/values/header-name.js';
import { escapePointer, isJsonObject, type Json } from '../../domain/values/json.js';
import { json } from '../../domain/values/schema-atoms.js';
import { text, word } from '../declared-tool.js';
import { settingProblem } from '../setting-templates.js';
import type { ServerEntry } from './server-entry.js';

/** The name of a server: it is a part of the ids of its tools, `mcp:<server>:<tool>`. */
export const SERVER_NAME = /^(?!__proto__$)[A-Za-z0-9_.-]{1,64}$/;

/** One line, of letters that HTTP takes. */
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is not the value of a header');

/** A program that is started, and speaks on its standard input and output. */
const programEntrySchema = z
  .object({
    type: z.enum(['stdio', 'local']).exactOptional(),
    command: word.min(1, 'must not be empty'),
    args: z.array(word).exactOptional(),
    /** Variables that it gets, beside those that every program gets. */
    env: z.record(z.string().regex(VARIABLE_NAME, 'is not the name of a variable'), word).exactOptional(),
    /** The folder in which it runs, from that of the file. Default: that of the file. */
    cwd: word.min(1, 'must not be empty').exactOptional(),
  })
  .catchall(json);

/** How servers over HTTP are called by the files of other programs. */
const HTTP_TYPES = ['http', 'streamable', 'streamable-http', 'streamableHttp'] as const;

/** A server that is reached over HTTP. */
const remoteEntrySchema = z
  .object({
    type: z.enum([...HTTP_TYPES, 'sse']).exactOptional(),
    url: text.refine(
      (url) => url.includes('${') || isHttpAddress(url),
      'must be an address that begins with https:// or http://',
    ),
    headers: z.record(z.string().regex(HEADER_NAME, 'is not the name of a header'), headerValue).exactOptional(),
  })
  .catchall(json);

export type ReadEntry = { ok: true; entry: ServerEntry } | { ok: false; problems: Problem[] };

/** An entry of `mcpServers`; `pointer` leads to it. Messages never quote values, which may be keys. */
export function readServerEntry(value: Json, pointer: string): ReadEntry {
  const bad = (at: string, message: string): ReadEntry => ({
    ok: false,
    problems: [settingProblem('bad-value', at, message)],
  });
  if (!isJsonObject(value)) return bad(pointer, 'must be an object with "command" or "url"');
  const [isProgram, isRemote] = ['command' in value, 'url' in value];
  if (isProgram === isRemote) {
    return bad(pointer, 'must have either "command", for a program that is started, or "url", for a server over HTTP');
  }
  const checked = (isProgram ? programEntrySchema : remoteEntrySchema).safeParse(value);
  if (checked.success) return { ok: true, entry: checked.data };
  return {
    ok: false,
    problems: checked.error.issues.map((issue) => {
      const at = [pointer, ...issue.path.map((part) => escapePointer(String(part)))].join('/');
      const { message } = (issue.code === 'invalid_key' ? issue.issues[0] : undefined) ?? issue;
      return settingProblem('bad-value', at, message.replace(/^Invalid (input|option): /, ''));
    }),
  };
}
