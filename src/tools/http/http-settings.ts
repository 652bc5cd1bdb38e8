import * as z from 'zod';

import { HEADER_NAME } from '../../domain/values/header-name.js';
import { json } from '../../domain/values/schema-atoms.js';
import { declaredKeys, text } from '../declared-tool.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The server is written out: no argument and no variable decides where a request goes. */
const WITH_SERVER = /^https?:\/\/[^/?#{}$@\s\\]+(?:[/?#]|$)/;

/** What is said of the connection, and where a request goes, is not for settings or arguments to say. */
const OF_THE_CONNECTION =
  /^(?:host|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** An HTTP call that is a tool, as settings declare it. */
export const httpSettingsSchema = z.strictObject({
  ...declaredKeys,
  /** Default: `GET`. */
  method: z.enum(METHODS).exactOptional(),
  url: text
    .regex(
      WITH_SERVER,
      'must begin with http:// or https:// and the name of the server, without a template, variable or password in it',
    )
    .refine((url) => URL.canParse(url.split(/[?#{]/)[0] ?? ''), 'is not an address: its server or port is wrong'),
  /** Added to the address. */
  query: z.record(text, z.string()).exactOptional(),
  headers: z
    .record(
      text
        .regex(HEADER_NAME, 'is not the name of a header')
        .refine((name) => !OF_THE_CONNECTION.test(name), 'is a header that portia sets itself'),
      z.string(),
    )
    .exactOptional(),
  /** A text is sent as it is, anything else as JSON. */
  body: json.exactOptional(),
  /** Sent as a form, in place of a body. */
  form: z.record(text, z.string()).exactOptional(),
  /** The server may be in a private network, also by its name. */
  private_network: z.boolean().exactOptional(),
  /** Makes the result of `$body`, `$status` and `$headers`. Default: the body. */
  output: text.exactOptional(),
});

export type HttpSettings = z.infer<typeof httpSettingsSchema>;

/** Whether the method only looks. */
export function isReading({ method = 'GET' }: Pick<HttpSettings, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}
